"""`cockpit check` of a real runbook as a cold process, and of one of 20,000 lines."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.table import Row, median
from cockpit.linting.shellcheck import binary
from cockpit.runbook.lint.registry import lint, open_context
from cockpit.runbook.parse import parse

TIMES = 7
LINES = 20_000
REPOSITORY = Path(__file__).resolve().parents[1]
SEED = REPOSITORY / "../shared/seed/production_deployment.md"
UNIT = """\
## Step {number}

Errors: watched from >1% on, an alert at >5%.

- [ ] Tests of part {number} (`npm run test`)

```bash
# Part {number}
pg_dump $DATABASE_URL > part-{number}.sql
kubectl -n shop apply -f part-{number}.yaml | tee log
gh workflow run deploy --ref <commit-sha>
curl https://shop.example.com/{number}
```

"""


def _seconds(*words: str) -> float:
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        subprocess.run(words, cwd=REPOSITORY, capture_output=True, check=False)
        taken.append(time.perf_counter() - began)
    return median(taken)


def runbook(lines: int) -> str:
    """A runbook of about so many lines, with findings in every step."""
    return "".join(UNIT.format(number=number) for number in range(1, lines // UNIT.count("\n") + 1))


def rows() -> list[Row]:
    seed = SEED if SEED.exists() else REPOSITORY / "examples" / "production.md"
    cockpit = (sys.executable, "-m", "cockpit", "check", "--no-tools", "--runbook-only")
    python = _seconds(sys.executable, "-c", "import click")
    with tempfile.TemporaryDirectory() as name:
        script = Path(name) / "one.sh"
        script.write_text("true\n")
        alone = _seconds(binary() or "true", "-s", "bash", str(script))
    long = runbook(LINES)
    read = parse(long)
    reading, checking = [], []
    for _ in range(3):
        began = time.perf_counter()
        parse(long)
        reading.append(time.perf_counter() - began)
        began = time.perf_counter()
        lint(open_context(long, read))
        checking.append(time.perf_counter() - began)
    return [
        Row("check of the seed, cold process", _seconds(*cockpit, str(seed)) * 1e3, "ms", "import click", python * 1e3),
        Row("  of it shellcheck, one script", alone * 1e3, "ms", "import click", python * 1e3),
        Row("check of 20,000 lines, own rules", median(checking) * 1e3, "ms", "reading them", median(reading) * 1e3),
    ]
