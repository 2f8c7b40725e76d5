"""Inside a script: commands and their names, sign-offs, outside variables, questions."""

import subprocess
import sys

import pytest

from cockpit.runbook.parse import parse
from cockpit.runbook.shell import read_script


def test_a_command_is_named_by_the_comment_directly_above_it() -> None:
    script = read_script("# Build\nmake  # quietly\n\n# Far away\n\nls\n# One\n# two\ngit push; git log\n", 10)
    assert [(c.line, c.text, c.label) for c in script.commands] == [
        (11, "make", "Build"),
        (15, "ls", ""),
        (18, "git push", "One two"),
        (18, "git log", ""),
    ]


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("ls\n# Verify the page\n", [2]),
        ("# Verify the page\nls\n", []),
        ("# Verify the page\n\nls\n", [1]),
        ("ls\n\n# Check a\n# confirm b\n# other\n# 3. Wait for c\n", [3, 4, 6]),
        ("# Verify a\n# Check b\nls\n", []),
        ("ls\n# Verification is slow\n# Waiting room\n", []),
        ("ls # verify it\n", []),
        ("if true; then\n  ls\n  # verify it\nfi\n", []),
        ("cat <<EOF\n# verify it\nEOF\n", []),
    ],
)
def test_a_comment_that_asks_a_person_and_names_no_command_is_a_sign_off(body: str, lines: list[int]) -> None:
    assert [note.line for note in read_script(body, 1).sign_offs] == lines


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("psql $DB_URL", ("DB_URL",)),
        ("DB=1\npsql $DB ${DB}", ()),
        ('echo "${A}" $B ${#C} ${D:?unset}', ("A", "B", "C", "D")),
        ("echo ${A:-x} ${B-x} ${C:=x} ${D:+x}", ()),
        ("echo '$A' \\$B", ()),
        ("FOO=1 cmd $FOO", ("FOO",)),
        ("export A=1 B\necho $A $B", ("B",)),
        ("for i in $LIST; do echo $i; done", ("LIST",)),
        ("read -r line < f\necho $line", ()),
        ("while read -r a b; do echo $a $b; done < f", ()),
        ("printf -v x %s y\nmapfile rows < f\necho $x $rows", ()),
        ("echo $HOME $PATH $USER $PWD $1 $@ $? $$ $RANDOM $LC_ALL $BASH_VERSION", ()),
        ("cat <<EOF\n$A\nEOF\ncat <<'EOF'\n$B\nEOF", ("A",)),
        ("x=$(curl $URL)\necho $((x + N))", ("URL", "N")),
        ("echo ${list[0]} ${A%.sql}", ("list", "A")),
        ("git push <remote> $BRANCH", ("BRANCH",)),
        ("for ((i=0; i<3; i++)); do echo $i; done", ()),
        ("select s in a b; do echo $s $t; done", ("t",)),
        ("while getopts 'ab:' opt; do echo $opt $OPTARG; done", ()),
        ("IFS=, read -ra parts <<< $LINE\necho ${parts[1]}", ("LINE",)),
        ("readarray -t rows < f\necho ${rows[@]}", ()),
        ("printf '%s' $A\nprintf -v b %s x\necho $b $x", ("A", "x")),
        ("list[0]=a\nlist+=(b)\necho ${list[@]} ${#list[@]}", ()),
        ("declare -A seen\nlocal t\nreadonly V=1\nunset Q\necho $V", ()),
        ("echo ${A-x} ${B:-x} ${C=x} ${D:=x} ${E+x} ${F:+x} ${G?} ${H:?}", ("G", "H")),
        ("echo ${A:-$B} ${!C}", ("B", "C")),
        ("A=$A:x\necho $A", ()),
        ("A=1 make\necho $A", ("A",)),
        ("echo $SECOND $FIRST $SECOND", ("SECOND", "FIRST")),
        ("echo $IFS $OPTIND $REPLY $PIPESTATUS $SHLVL $HOSTNAME $UID $COMP_LINE $LC_TIME $BASHPID", ()),
        ("echo $HOMES $LCX $COMPOSE", ("HOMES", "LCX", "COMPOSE")),
        ("((n++))\n[[ -n $m ]]", ("n", "m")),
        ("make", ()),
        ("let n=1 m=2\necho $n $m $k", ("k",)),
    ],
)
def test_outside_variables_are_used_and_set_by_nobody(body: str, names: tuple[str, ...]) -> None:
    assert read_script(body + "\n", 1).variables == names


@pytest.mark.parametrize(
    ("body", "asks"),
    [
        ("gh run watch", True),
        ("gh run watch 123", False),
        ("gh run watch <run-id>", False),
        ("gh run watch --exit-status", True),
        ("ssh host", True),
        ("ssh -p 22 -i key ann@host", True),
        ("ssh host uptime", False),
        ("ssh -N host", False),
        ("ssh host < script.sh", False),
        ("read -p 'go on? ' answer", True),
        ("while read x; do echo $x; done < f", False),
        ("supabase db push", True),
        ("supabase db push --yes", False),
        ("npx supabase db push", True),
        ("docker login", True),
        ("docker login --password-stdin < f", False),
        ("terraform apply", True),
        ("sudo terraform apply -auto-approve", False),
        ("kubectl exec -it pod -- sh", True),
        ("kubectl get pods", False),
        ("psql $DB", True),
        ("psql $DB -c 'select 1'", False),
        ("psql $DB < dump.sql", False),
        ("git commit -am x", False),
        ("git commit", True),
        ("git rebase -i HEAD~2", True),
        ("vim f", True),
        ("if true; then less f; fi", True),
        ("python3", True),
        ("python3 x.py", False),
        ("echo gh run watch", False),
        ("sudo -u postgres psql", True),
        ("sudo -u postgres psql -c 'select 1'", False),
        ("sudo -iu deploy vim f", True),
        ("nice -n 10 less f", True),
        ("read -ra words <<< 'a b'", False),
        ("psql $DB <<< 'select 1'", False),
        ("docker run -i -t shop sh", True),
        ("docker build -t shop .", False),
    ],
)
def test_commands_that_ask_need_a_terminal(body: str, asks: bool) -> None:
    assert bool(read_script(body + "\n", 1).asks) == asks


def test_lines_below_an_ssh_were_meant_for_the_host() -> None:
    problems = parse("## Do\n\n```sh\nssh host\nuptime\n```\n").problems
    assert [(problem.line, problem.code) for problem in problems] == [(4, "ssh-then-lines")]
    assert not parse("## Do\n\n```sh\nuptime\nssh host\n```\n").problems


@pytest.mark.parametrize(
    ("body", "row", "inside", "closed", "resumes"),
    [
        ("ssh host\nuptime\n", 0, (1, 1), False, False),
        ("uptime\nssh host\n", 1, None, False, False),
        ("ssh one\nssh two\n", 0, (1, 1), False, False),
        ("kubectl exec -it shop-0 -- bash\nrm -rf /x\nexit\n", 0, (1, 2), True, False),
        ("sudo su - shop\n./clear\n", 0, (1, 1), False, False),
        ("oc rsh shop-0\n", 0, None, False, False),
        ("docker exec -it db psql -U u\n\\q\n./start\n", 0, (1, 1), True, True),
        ("fly postgres connect -a db\nDROP DATABASE shop;\n\\q\n", 0, (1, 2), True, False),
    ],
)
def test_a_session_has_the_lines_that_are_typed_into_it(
    body: str, row: int, inside: tuple[int, int] | None, closed: bool, resumes: bool
) -> None:
    session = read_script(body, 20).session
    assert session is not None
    assert (session.row, session.inside, session.closed, session.resumes) == (row, inside, closed, resumes)


@pytest.mark.parametrize(
    "body",
    [
        "read x\nuptime\n",
        "ssh host uptime\nls\n",
        "ssh host <<EOF\nuptime\nEOF\n",
        "psql <<SQL\nselect 1;\nSQL\n",
        "psql -c 'select 1'\nls\n",
        "kubectl exec shop-0 -- ls\nls\n",
        "kubectl exec -it shop-0 -- ls /\nls\n",
        "docker exec -it web bash -c 'ls'\nls\n",
        "su - shop -c ./clear\nls\n",
        "docker run -d shop\nls\n",
        "bash ./deploy.sh\nls\n",
    ],
)
def test_a_command_that_ends_by_itself_opens_nothing(body: str) -> None:
    assert read_script(body, 1).session is None


def test_only_the_command_that_opens_runs_and_the_lines_below_are_kept() -> None:
    (step,) = parse("## Do\n\n```sh\nssh host\nrm -rf /x\n```\n").sections[0].steps
    assert (step.body, step.remote, step.runnable) == ("ssh host\n", "rm -rf /x", True)


def test_lines_for_here_behind_lines_for_there_stop_the_deploy() -> None:
    (step,) = parse("## Do\n\n```sh\npsql shop\nDROP TABLE x;\n\\q\n./start\n```\n").sections[0].steps
    assert (step.is_broken, step.runnable) == (True, False)
    assert "separate fences" in step.reason


def test_questions_holes_and_comments_have_the_lines_of_the_file() -> None:
    script = read_script("#\n# Look\nls\npsql <db-url>\nvim your-notes # at <db-url>\n", 40)
    assert [(note.line, note.text) for note in script.asks] == [
        (43, "psql opens a session"), (44, "vim takes over the terminal"),
    ]  # fmt: skip
    assert [(hole.name, hole.line) for hole in script.placeholders] == [("db-url", 43)]
    assert [(note.line, note.text) for note in script.soft] == [(44, "your-notes")]
    assert [(note.line, note.text) for note in script.comments] == [(41, "Look")]


def test_a_syntax_check_sees_a_plain_word_where_a_hole_is() -> None:
    script = read_script("bin/ship <region> now\n", 1)
    assert "<" not in script.masked
    assert script.masked.startswith("bin/ship ")
    assert script.masked.endswith(" now\n")
    assert not script.suspicious


def test_a_command_keeps_that_it_runs_in_the_background() -> None:
    commands = read_script("bin/serve &\nls; make\n", 1).commands
    assert [(one.line, one.text) for one in commands] == [(1, "bin/serve &"), (2, "ls"), (2, "make")]


def test_the_reader_needs_no_screen_no_network_and_no_database() -> None:
    code = (
        "import sys, cockpit.runbook.outline, cockpit.runbook.parse, cockpit.runbook.placeholders;"
        "print([m for m in ('textual', 'httpx', 'psycopg', 'pydantic') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
