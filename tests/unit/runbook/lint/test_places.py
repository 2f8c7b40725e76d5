"""Lines and columns are those of the Markdown file, wherever a script stands in it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.runbook.lint.registry import lint, open_context
from cockpit.runbook.parse import parse
from tests.unit.runbook.lint import found
from tests.unit.runbook.test_any_bytes import PIECES


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("## D\n```bash\ncurl https://a/\n```\n", 3, "curl"),
        ("## D\n```console\n$ ls\nout\n$ curl https://a/\n```\n", 5, "curl"),
        ("- [ ] one\n  - [ ] two:\n\n    ```bash\n    ls\n      curl https://a/\n    ```\n", 6, "curl"),
        ("## D\n```bash\necho äöü && curl https://a/\n```\n", 3, "curl"),
        ("## D\r\n```bash\r\nls\r\ncurl https://a/\r\n```\r\n", 4, "curl"),
        ("\ufeff## D\n```bash\nsudo -u www curl https://a/\n```\n", 3, "curl"),
        ("> ## D\n\n## E\n1. x\n   ~~~sh\n   A=1 curl https://a/\n   ~~~\n", 6, "curl"),
    ],
)
def test_a_finding_points_at_its_word(text: str, line: int, word: str) -> None:
    (one,) = [one for one in found(text) if one.code == "curl-no-fail"]
    assert one.line == line
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    assert lines[line - 1][one.column - 1 :].startswith(word)
    assert one.fix is not None
    assert (one.fix.line, one.fix.column, one.fix.old, one.fix.new) == (line, one.column, word, "curl --fail")


PARTS = PIECES | st.sampled_from([
    "pg_dump $X > a.sql\n", "psql $X < b\n", "gh run watch", "gh workflow run x --ref <sha>\n", "supabase db push\n",
    "curl x | tee y\n", "```sql\n", "BEGIN;", "DO $$", "COMMIT;", "-- DO $$\n", "-- END $$;\n", "- P95 >10s\n",
    "  - Alert: 2x baseline\n", "(<0.1% baseline)", "10:00 EST", "# cockpit: ignore a: b\n", "ignore-rule=a reason='",
    "<!-- cockpit: ignore-rule=empty -->\n", "postgres://a:bcd@e", "| watch | alert |\n|---|---|\n| 5% | 1% |\n",
    "sudo -u",
])  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.lists(PARTS, max_size=40).map("".join))
def test_any_mixture_is_looked_at(source: str) -> None:
    _well_formed(source)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=300))
def test_any_bytes_are_looked_at(source: bytes) -> None:
    _well_formed(source)


def _well_formed(source: str | bytes) -> None:
    context = open_context(source, parse(source, check=None))
    for one in lint(context):
        assert 1 <= one.line <= len(context.lines)
        assert 0 <= one.column <= len(context.lines[one.line - 1]) + 1
        assert one.message
        if one.fix is not None:
            assert context.lines[one.fix.line - 1].startswith(one.fix.old, one.fix.column - 1)
