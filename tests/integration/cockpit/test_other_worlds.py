"""The command on machines and in repositories that are not its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cockpit.client.session import deploys
from tests.integration.cockpit.helpers import repository, run

HELLO = "# Deploy\n\n## Deploy\n\n```bash\necho hello\n```\n"
QUICK = 'watch = "1s"\n'
DEPLOY = ("run", "docs/deploy.md", "--headless", "--yes", "--accept-reading")


SHADOWS = [
    "calendar.py",
    "queue.py",
    "secrets.py",
    "email/__init__.py",
    "cockpit/__init__.py",
    "click.py",
    "sqlite3.py",
]


@pytest.mark.parametrize("how", ["in the folder", "by PYTHONPATH"])
def test_nothing_of_the_repository_is_imported(how: str, tmp_path: Path) -> None:
    """Its modules have names of Python's, of the cockpit's and of its libraries."""
    ran = tmp_path / "ran"
    with repository(HELLO) as repo:
        (repo.root / "cockpit.toml").write_text(QUICK)
        for name in SHADOWS:
            (repo.root / name).parent.mkdir(exist_ok=True)
            (repo.root / name).write_text(f"open({str(ran)!r}, 'a').write(__name__)\nraise SystemExit(7)\n")
        env = {}
        if how == "by PYTHONPATH":
            env = {"PYTHONPATH": str(repo.root)}
        for words in (("--dry-run",), ()):
            done = _isolated([*DEPLOY, *words], repo.root, env)
            assert done.returncode == 0, done.stdout + done.stderr
        assert not ran.exists()


def _isolated(arguments: list[str], cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """As the installed command: `python -m` would look into the folder itself."""
    return subprocess.run(
        [sys.executable, "-I", "-m", "cockpit", *arguments],
        cwd=cwd,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


BROKEN = [
    'echo "migrating\n./migrate up\n',
    "if true; then\n  ./migrate up\n",
    "cat <<END\n./migrate up\n",
    "./migrate up )\n",
]


@pytest.mark.parametrize("script", BROKEN)
def test_a_script_that_no_shell_can_read_stops_the_deploy_before_its_first_step(script: str) -> None:
    runbook = f"# D\n\n## Deploy\n\n### Build\n\n```bash\ntouch built\n```\n\n### Migrate\n\n```bash\n{script}```\n"
    with repository(runbook) as repo:
        (repo.root / "cockpit.toml").write_text(QUICK)
        checked = repo.cockpit("check", "docs/deploy.md", "--json")
        assert checked.returncode == 1
        assert ("broken-script", "error") in [(one["code"], one["severity"]) for one in json.loads(checked.stdout)]
        done = repo.cockpit(*DEPLOY)
        assert done.returncode == 1
        assert '"Migrate" (line 14) cannot run' in done.stdout
        assert not (repo.root / "built").exists()
        assert "Migrate" in repo.log.read_text()
        assert repo.state.closed == "failed"


def test_a_script_that_bash_reads_line_by_line_runs() -> None:
    script = "shopt -s extglob\necho !(docs|x)\n"
    with repository(f"# D\n\n## Deploy\n\n### List\n\n```bash\n{script}```\n") as repo:
        (repo.root / "cockpit.toml").write_text(QUICK)
        done = repo.cockpit(*DEPLOY)
        assert done.returncode == 0, done.stdout
        assert "| cockpit.toml" in done.stdout


LACKING = """\
# D

## Deploy

### Build

```bash
touch built
TAG=$(date +%s)
```

### Ship

```bash
./ship --to <target-host> --tag "$TAG" --key "$DEPLOY_KEY"
```

### Tell

```bash
./tell "$CHANNEL" "<target-host>"
```
"""


def test_values_that_nobody_will_give_are_all_named_before_anything_is_opened() -> None:
    with repository(LACKING) as repo:
        done = repo.cockpit(*DEPLOY)
        assert done.returncode == 2
        for name in ("<target-host>", "$DEPLOY_KEY", "$CHANNEL", "--set target-host=VALUE"):
            assert name in done.stderr, done.stderr
        assert "$TAG" not in done.stderr
        assert not (repo.root / "built").exists()
        assert "no deploy has been opened" in repo.cockpit("status").stderr


def test_a_value_is_not_missed_where_an_earlier_script_may_set_it() -> None:
    runbook = (
        "# D\n\n## Deploy\n\n```bash\nprintf 'TAG=v7\\n' >env.sh\n. ./env.sh\n```\n\n```bash\necho \"tag $TAG\"\n```\n"
    )
    with repository(runbook) as repo:
        (repo.root / "cockpit.toml").write_text(QUICK)
        done = repo.cockpit(*DEPLOY)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "| tag v7" in done.stdout


def test_a_value_that_a_step_hands_on_is_set_for_the_next_one() -> None:
    runbook = (
        '# D\n\n## Deploy\n\n```bash\necho TAG=v7 >>"$COCKPIT_ENV"\n```\n\n```bash\necho "tag $TAG"\nunset TAG\n```\n'
        '\n```bash\necho "again ${TAG-gone}"\n```\n'
    )
    with repository(runbook) as repo:
        (repo.root / "cockpit.toml").write_text(QUICK)
        done = repo.cockpit(*DEPLOY)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "| tag v7" in done.stdout


def test_a_step_that_hands_on_what_cannot_be_read_fails_with_the_line() -> None:
    """A line without its end takes in nothing of the next step's."""
    runbook = (
        '# D\n\n## Deploy\n\n### One\n\n```bash\nprintf A=1 >>"$COCKPIT_ENV"\n```\n\n### Two\n\n```bash\n'
        'echo B=2 >>"$COCKPIT_ENV"\n```\n\n### Three\n\n```bash\necho "A is $A, B is $B"\n'
        'T=hunter2; echo "C D=$T-$T" >>"$COCKPIT_ENV"\n```\n'
    )
    with repository(runbook) as repo:
        (repo.root / "cockpit.toml").write_text(QUICK)
        done = repo.cockpit(*DEPLOY)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "A is 1, B is 2" in done.stdout
        assert "Three: cannot be read in $COCKPIT_ENV: line 3: neither NAME=value, NAME<<END nor a comment\n" in (
            done.stdout
        )
        assert "hunter2-" not in done.stdout


@pytest.mark.parametrize("spoilt", ["missing", "folder"])
def test_an_env_file_that_cannot_be_read_stops_run_with_the_path_and_what_to_do(spoilt: str) -> None:
    with repository(HELLO) as repo:
        (repo.root / "cockpit.toml").write_text(f'{QUICK}env_file = "secret.env"\n')
        if spoilt == "folder":
            (repo.root / "secret.env").mkdir()
        done = repo.cockpit(*DEPLOY)
        assert done.returncode == 2, done.stdout + done.stderr
        assert str(repo.root / "secret.env") in done.stderr
        assert "remove env_file from cockpit.toml" in " ".join(done.stderr.split())
        assert "no deploy has been opened" in repo.cockpit("status").stderr
        dry = repo.cockpit("run", "docs/deploy.md", "--dry-run", "--headless", "--yes")
        assert dry.returncode == 0, dry.stdout + dry.stderr
        assert "secret.env" in dry.stdout + dry.stderr


def test_secrets_that_a_step_hands_on_are_masked_from_then_on() -> None:
    """By `$COCKPIT_ENV` at once, in the step's own output too; by the shell from the next step on."""
    runbook = (
        '# D\n\n## Deploy\n\n```bash\nT=made-by-1; echo "API_TOKEN=$T" >>"$COCKPIT_ENV"; echo "token $T"\n```\n'
        '\n```bash\nCODE=made-by-2; echo "secret=CODE" >>"$COCKPIT_ENV"\nexport DB_PASSWORD=made-by-3\n```\n'
        '\n```bash\necho "now $API_TOKEN, $CODE, $DB_PASSWORD"\nfalse\n```\n'
    )
    with repository(runbook) as repo:
        (repo.root / "cockpit.toml").write_text(QUICK)
        done = repo.cockpit(*DEPLOY)
        assert "token [REDACTED]" in done.stdout
        assert "now [REDACTED], [REDACTED], [REDACTED]" in done.stdout
        for path in [one for one in (repo.root / ".cockpit").rglob("output.log*") if one.is_file()]:
            assert b"made-by-1" not in path.read_bytes()


def test_a_folder_that_vanished_fails_the_next_step_and_a_retry_begins_afresh() -> None:
    runbook = (
        '# D\n\n## Deploy\n\n```bash\nmkdir -p build\ncd build\n(sleep 0.1; rmdir "$PWD") &\nwait\n```\n\n'
        "```bash\ntouch harm\n```\n"
    )
    with repository(runbook) as repo:
        (repo.root / "cockpit.toml").write_text(QUICK)
        done = repo.cockpit(*DEPLOY)
        assert done.returncode == 1
        assert "cannot be entered" in done.stdout
        assert "the next attempt starts in a fresh shell" in done.stdout
        assert not (repo.root / "harm").exists()


def test_no_time_at_all_is_no_time_limit() -> None:
    with repository(HELLO.replace("```bash\n", "```bash {timeout=0}\n")) as repo:
        assert "timeout" in repo.cockpit("check", "docs/deploy.md").stdout
        (repo.root / "cockpit.toml").write_text('[tasks."deploy:script-1"]\ntimeout = 0\n')
        done = repo.cockpit(*DEPLOY)
        assert done.returncode == 2
        assert "timeout" in done.stderr


def test_an_old_bash_is_refused_before_anything_is_opened(tmp_path: Path) -> None:
    old = tmp_path / "bin" / "bash"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\nprintf '3.2.57(1)-release'\n")
    old.chmod(0o755)
    env = {"PATH": f"{old.parent}{os.pathsep}{os.environ['PATH']}"}
    with repository(HELLO) as repo:
        for words in (DEPLOY, ("check", "docs/deploy.md"), ("demo", "--headless", "--yes")):
            done = run(words, repo.root, env)
            assert done.returncode != 0
            assert "is bash 3.2.57(1)-release, which is too old" in done.stdout + done.stderr
        assert "no deploy has been opened" in repo.cockpit("status").stderr


def test_a_script_that_waits_for_input_says_so_and_ends_by_the_stated_limit() -> None:
    runbook = "# D\n\n## Deploy\n\n```bash {interactive=true}\nread -r answer\n```\n"
    with repository(runbook) as repo:
        (repo.root / "cockpit.toml").write_text(QUICK)
        code = (
            "import sys; from cockpit.console.headless import Headless\n"
            "Headless.__init__.__kwdefaults__['input_seconds'] = 1.0\n"
            "sys.argv = ['cockpit', *sys.argv[1:]]; from cockpit.cli.main import main; main()"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, *DEPLOY], cwd=repo.root, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=90, check=False,
        )  # fmt: skip
        assert done.returncode == 1, done.stdout + done.stderr
        assert "may ask for input: answer it with `cockpit attach` within 1 s of its last output" in done.stdout
        assert "has had no output for 1 s and may be waiting for input: cancelled" in done.stdout


ENV_FILE = """\
REDIS_PASSWORD=null
SESSION_ENCRYPT=false
APP_SECRET=succeeded
API_TOKEN=StepFinished
SIGNING_KEY="deploy:script-1"
COOKIE_SECRET=task
"""


def test_passwords_that_are_usual_words_stop_nothing() -> None:
    """They rewrote the form of events: steps never ended, metrics stopped without a word."""
    with repository(HELLO) as repo:
        (repo.root / ".env").write_text(ENV_FILE)
        (repo.root / ".env").chmod(0o600)
        (repo.root / "cockpit.toml").write_text(f'{QUICK}env_file = ".env"\n')
        done = repo.cockpit(*DEPLOY)
        assert done.returncode == 0, done.stdout + done.stderr
        assert repo.state.closed == "succeeded"
        assert repo.state.of("deploy:script-1").status == "pass"


def test_a_secret_in_the_reason_of_an_unlock_is_not_written() -> None:
    runbook = "# D\n\n## Deploy\n\n### Wait\n\n```bash\nsleep 600\n```\n\n## Rollback\n\n```bash\necho back\n```\n"
    with repository(runbook) as repo:
        (repo.root / ".env").write_text("DEPLOY_TOKEN=hunter2-hunter2-hunter2\n")
        (repo.root / ".env").chmod(0o600)
        (repo.root / "cockpit.toml").write_text('watch = "1h"\nenv_file = ".env"\n')
        with repo.cockpit_until(*DEPLOY, until="Wait: started") as running:
            back = repo.cockpit("rollback", "--yes", "--reason", "it is broken")
            running.wait(60)
        assert back.returncode in (0, 3), back.stdout + back.stderr
        unlocked = repo.cockpit("unlock", "the token hunter2-hunter2-hunter2 was wrong")
        assert unlocked.returncode == 0, unlocked.stdout + unlocked.stderr
        assert repo.state.unlocked
        for path in repo.layout.folder.rglob("*"):
            if path.is_file():
                assert b"hunter2-hunter2" not in path.read_bytes(), path


GONE = {
    "removed": "rm -rf {record}",
    "moved away": "mv {record} {record}.moved",
    "the journal alone": "rm -f {record}/journal.db*",
    "the journal moved": "mv {record}/journal.db {record}/gone.db",
    "the locks alone": "rm -rf {record}/locks",
    "git clean": "git clean -ffdxq",
}


@pytest.mark.parametrize("how", GONE)
def test_a_record_that_a_step_takes_away_is_written_anew_and_no_second_deploy_gets_in(how: str) -> None:
    with repository("") as repo:
        command = GONE[how].format(record=repo.layout.folder)
        wait = "until [ -e ../go ]; do sleep 0.05; done"
        runbook = f"# D\n\n## Deploy\n\n### Clean\n\n```bash\n{command}\n```\n\n### Wait\n\n```bash\n{wait}\n```\n"
        (repo.root / "docs").mkdir(exist_ok=True)
        (repo.root / "docs" / "deploy.md").write_text(runbook)
        (repo.root / "cockpit.toml").write_text(QUICK)
        repo.git("add", "-A")
        repo.git("commit", "-qm", "settings")
        with repo.cockpit_until(*DEPLOY, until="Wait: started") as running:
            deploy = repo.newest
            second = repo.cockpit(*DEPLOY)
            assert second.returncode == 5, second.stdout + second.stderr
            assert deploy in second.stderr
            (repo.root.parent / "go").touch()
            assert running.wait(60) == 0
        state = repo.state
        assert [row.id for row in deploys(repo.layout)] == [deploy]
        assert state.closed == "succeeded"
        said = repo.log.read_text()
        assert ("rebuilt from memory" in said) == (how not in ("git clean", "the locks alone"))
