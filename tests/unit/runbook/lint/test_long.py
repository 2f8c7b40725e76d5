"""Runbooks of 20,000 lines, ordinary ones and those built against the rules: no more than a few times their reading."""

import time

import pytest

from cockpit.runbook.lint.registry import lint, open_context
from cockpit.runbook.parse import parse

LINES = 20_000
COMMENT = '<!-- cockpit: ignore-rule=empty reason="x" -->\n'
STEP = "## Step\n\n- [ ] x\n\n```bash\npg_dump $A > b.sql\nkubectl apply -f x | tee log\n```\n\n"
BUILT = {
    "ordinary": STEP * (LINES // 10),
    "comments": COMMENT * LINES + "- [ ] x\n",
    "comments in a script": "```bash\n" + "# cockpit: ignore empty: b\n" * LINES + "ls\n```\n",
    "one script": "```bash\n" + "curl https://x | tee a\n" * LINES + "```\n",
    "one pipe": "```bash\n" + " | ".join(["curl x"] * 3000) + "\n```\n",
    "commented blocks": "```sql\nBEGIN;\nVACUUM;\n" + "-- DO $$\n" * LINES + "```\n- [ ] x\n",
    "one list": "- a\n" + "  - watch >5% alert >1%\n" * LINES,
    "one line": "- [ ] " + "watch >5% alert 1% at 10:00 EST PASSWORD=aaaaaaaa " * LINES,
}
SECONDS = 30.0
"""Of a processor: ten times and more of what it takes; anything quadratic takes minutes."""


@pytest.mark.parametrize("text", BUILT.values(), ids=BUILT)
def test_a_long_runbook_takes_seconds(text: str) -> None:
    runbook = parse(text, check=None)
    began = time.process_time()
    found = lint(open_context(text, runbook))
    assert time.process_time() - began < SECONDS
    assert found
