"""Which programs a script calls, and with what."""

import pytest

from cockpit.runbook.programs import arguments, option, programs


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("git log --oneline -5\nbin/release HEAD\n", ("git", "bin/release")),
        ("cd app && ./go | tee log\n", ("./go", "tee")),
        ("sudo -n systemctl restart shop\n", ("sudo", "systemctl")),
        ("timeout 5s env A=1 psql -c 'DROP TABLE x'\n", ("timeout", "env", "psql")),
        ("A=1 make\nif test -f x; then rm x; fi\n", ("make", "rm")),
        ('say() { echo "$1"; }\nsay hello\n', ()),
        ("$TOOL go\n", ()),
        ("cat <<EOF\nnot-a-command\nEOF\n", ("cat",)),
        ("x=$(jq -r .a f)\n", ("jq",)),
        ("# gh workflow run\n", ()),
        ("sudo -u postgres psql -c x\n", ("sudo", "psql")),
        ("sudo -Hu deploy -- bin/back\n", ("sudo", "bin/back")),
        ("sudo --user=deploy --chdir /srv make\n", ("sudo", "make")),
        ("sudo -udeploy env -u HOME A=1 make\n", ("sudo", "env", "make")),
        ("timeout -s KILL $T psql\n", ("timeout", "psql")),
        ("timeout -k 5 1m nice -n 5 make\n", ("timeout", "nice", "make")),
        ("exec -a shop bin/serve\n", ("bin/serve",)),
        ("command -v jq || exit 1\ncommand -p ls\n", ("ls",)),
        ("sudo -l psql\nsudo -v\nnice\n", ("sudo", "nice")),
        ("npx -y supabase db push\n", ("npx",)),
    ],
)
def test_programs(body: str, found: tuple[str, ...]) -> None:
    assert programs(body) == found


def test_arguments_and_options_of_a_command() -> None:
    body = "gh workflow run deploy.yml --ref 'abc def'\ngh run watch\ngh workflow run -r=main x.yml\n"
    first, second = arguments(body, "gh", "workflow", "run")
    assert option(first, "--ref", "-r") == "abc def"
    assert option(second, "--ref", "-r") == "main"
    assert option(second, "--field") == ""
    assert option(["a", "--ref"], "--ref") == ""
    assert option(["--ref=", "x"], "--ref") == ""
    assert option(["--ref", "it's"], "--ref") == "it's"


WRAPPED = [
    *(f"sudo -{letter} x make" for letter in "ughpCDRTUrt"),
    *(f"sudo --{name} x make" for name in (
        "user", "group", "host", "prompt", "close-from", "chdir", "chroot", "command-timeout", "other-user", "role",
        "type",
    )),
    "env -u A -C /srv make", "env --unset A --chdir /srv make", "env -i A=1 make", "nice --adjustment 5 make",
    "timeout --kill-after 5 --signal KILL 9 make", "timeout --preserve-status 1m make", "stdbuf -i 0 -o L -e 0 make",
    "stdbuf --input 0 --output L --error 0 make", "stdbuf -oL make", "time -f %e -o log make",
    "time --format %e --output log make", "nohup make", "builtin make", "command -- make",
]  # fmt: skip


@pytest.mark.parametrize("body", WRAPPED)
def test_the_value_of_a_wrappers_option_is_no_program(body: str) -> None:
    assert [word for word in programs(f"{body}\n") if word != body.split()[0]] == ["make"]


@pytest.mark.parametrize(
    "body", ["command -V x", "sudo -e x", "sudo --edit x", "sudo --list x", "timeout 5", "env A=1"]
)
def test_a_wrapper_that_runs_nothing_names_no_program(body: str) -> None:
    assert set(programs(f"{body}\n")) <= {body.split()[0]}
