"""What is at hand, from a shell: `cockpit act at-hand`."""

from tests.integration.cockpit.helpers import repository
from tests.waiting import wait_for

RUNBOOK = """\
# Bakery

## Deployment steps
- [ ] The oven is hot

### Bake
```bash
echo baked >> done.txt
```

## Troubleshooting

### The oven is cold
```bash
echo heated >> done.txt
```

### The dough is hard
```bash
false
```
"""
COLD = "troubleshooting/the-oven-is-cold:script-1"


def test_one_is_listed_shown_and_run_and_the_log_says_what_it_was() -> None:
    with repository(RUNBOOK) as made:
        face = made.cockpit_until("run", "docs/deploy.md", "--headless", until="needs attention")
        try:
            listed = made.cockpit("act")
            assert f"{COLD} waiting The oven is cold (contingency, at hand)" in " ".join(listed.stdout.split())
            which = made.cockpit("act", "at-hand")
            assert which.returncode == 2
            assert "cockpit act at-hand STEP: give the step" in which.stderr
            shown = made.cockpit("act", "at-hand", COLD)
            assert shown.returncode == 4
            assert "echo heated >> done.txt" in shown.stdout
            assert not (made.root / "done.txt").exists()
            assert made.cockpit("act", "at-hand", COLD, "--yes").returncode == 0
            wait_for(lambda: made.state.of(COLD).status == "pass", "the end of the script")
            assert (made.root / "done.txt").read_text() == "heated\n"
        finally:
            face.terminate()
            face.wait()
        closed = made.cockpit("act", "close", "--choose", "aborted", "--reason", "enough", "--yes")
        assert closed.returncode == 0, closed.stderr
        wait_for(lambda: list((made.root / "reports" / "deploys").glob("*.md")), "the log")
        wait_for(lambda: "### At hand" in made.log.read_text(), "what was at hand in the log")
        assert "The oven is cold (contingency)" in made.log.read_text()
        assert made.cockpit("act", "at-hand", COLD, "--yes").returncode == 4
