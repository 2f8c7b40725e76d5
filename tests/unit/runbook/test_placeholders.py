"""Holes in scripts: which are found, and how a value gets in."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.runbook.grammar import parse_script
from cockpit.runbook.holes import find_holes
from cockpit.runbook.parse import parse
from cockpit.runbook.placeholders import CannotFill, fill_placeholders


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        ("git revert <commit-sha>", ["<commit-sha>"]),
        ("git checkout <last good commit>", ["<last good commit>"]),
        ("git reset --hard <upstream>/main", ["<upstream>"]),
        ("curl https://<service>.<env>.test/x", ["<service>", "<env>"]),
        ("psql $DB < <backup-file>.sql", ["<backup-file>"]),
        ("echo \"<a b>\" '<c|d>'", ["<a b>", "<c|d>"]),
        ("tool <<NAME>>", ["<<NAME>>"]),
        ("tool [[release tag]]", ["[[release tag]]"]),
        ("tool [patch|minor|major] --go", ["[patch|minor|major]"]),
        ("psql < b/pre-YYYYMMDD-HHMMSS.sql", ["YYYYMMDD-HHMMSS"]),
        ("tag release-YYYY-MM-DD", ["YYYY-MM-DD"]),
        ("git tag vX.Y.Z", ["vX.Y.Z"]),
        ("bump x.y.z-beta.1", ["x.y.z"]),
        ("cat <<EOF\n<name>\nEOF", ["<name>"]),
        ("psql <backup.sql>", ["<backup.sql>"]),
        ('echo "all <thing>s are up"', ["<thing>"]),
        # What a shell, or another language inside it, means by the same characters.
        ("sort <in.txt >out.txt", []),
        ("sort <in>out", []),
        ("sort <in.txt> out.txt", []),
        ("cat <<EOF>>file\nx\nEOF", []),
        ("diff <(ls a) <(ls b)", []),
        ("cmd 2>&1 <&3 3<file >x", []),
        ("[[ a < b ]] && [[ $x =~ y ]] && (( 1 < 2 ))", []),
        ("# git revert <commit-sha> YYYY-MM-DD", []),
        ("ls # <why>", []),
        ("grep -E '[a|b]+' f", []),
        ("echo '<b>bold</b> <br>'", []),
        ("git config user.x 'Bot <bot@example.com>'", []),
        ("psql -c \"select to_char(now(), 'YYYY-MM-DD')\"", []),
        ("echo \\<name\\>", []),
        ("x [a|b]", ["[a|b]"]),
        ("echo '[ab|cd]'", ["[ab|cd]"]),
        ("echo '[ab|c]'", []),
        ("psql <backup.sql> | cat", ["<backup.sql>"]),
        ("echo \\<name>", []),
        ("sort <in > out", []),
        ('echo "<who\'s it>"', ["<who's it>"]),
        ("echo '<a' 'b>'", []),
        ("grep -P '(?<year>x)' f", []),
        ("date +%Y%m%d", []),
        ("curl 1.2.3.4", []),
    ],
)
def test_a_placeholder_is_found_by_its_look(body: str, tokens: list[str]) -> None:
    assert [hole.token for hole in find_holes(f"{body}\n".encode())[0]] == tokens


@pytest.mark.parametrize("tag", ["br", "hr", "p", "li", "img", "input", "meta", "link", "html", "body", "br/", "hr/"])
def test_a_tag_that_needs_no_end_is_no_placeholder(tag: str) -> None:
    assert find_holes(f"echo '<{tag}>'\n".encode())[0] == ()


def test_a_placeholder_is_asked_once_per_name() -> None:
    text = "## Do\n\n```sh\na <Commit SHA>\nb <commit_sha> [x1|x2]\nc <commit-sha>\n```\n"
    (step,) = parse(text).sections[0].steps
    assert [(h.name, h.line, h.kind, h.choices) for h in step.placeholders] == [
        ("commit-sha", 4, "commit", ()),
        ("x1|x2", 5, "choice", ("x1", "x2")),
    ]


@pytest.mark.parametrize(
    ("body", "kind", "pattern"),
    [
        ("x <commit>", "commit", ""),
        ("x <git-sha>", "commit", ""),
        ("x <version>", "version", ""),
        ("x <release-tag>", "version", ""),
        ("x <timestamp>", "timestamp", ""),
        ("x <date>", "date", ""),
        ("x <last snapshot>", "backup", ""),
        ("x app@vX.Y.Z", "version", "app@*"),
        ("x <backup file>", "backup", ""),
        ("x backups/a-YYYYMMDD.sql", "backup", "backups/a-*.sql"),
        ("x log-YYYY-MM-DD", "date", "log-*"),
        ("x log-YYYYMMDD-HHMMSS", "timestamp", "log-*"),
        ("x <shard>", "text", ""),
        ("x b/<shard>.sql", "text", "b/*.sql"),
        ("x <share>", "text", ""),
    ],
)
def test_known_kinds_can_be_offered_as_choices(body: str, kind: str, pattern: str) -> None:
    (hole,) = find_holes(f"{body}\n".encode())[0]
    assert (hole.kind, hole.pattern) == (kind, pattern)


def test_soft_placeholders_only_warn() -> None:
    runbook = parse("## Do\n\n```sh\n# your-name\ncp your-app /path/to/x # /path/to\ngh issue -t '[REASON]'\n```\n")
    assert [(p.line, p.code) for p in runbook.problems] == [
        (5, "soft-placeholder"),
        (5, "soft-placeholder"),
        (6, "soft-placeholder"),
    ]


VALUES = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=40)
NASTY = st.text(st.sampled_from(list("'\"\\$`!#~ \t\n*?[]{}()<>|&;a")), max_size=12)


@settings(deadline=None, max_examples=120)
@given(st.one_of(NASTY, VALUES))
def test_bash_reads_back_any_value_in_every_place(value: str) -> None:
    body = (
        "printf '%s\\0' <v> \"<v>\" '<v>' a<v>b \"a<v>$(printf %s '<v>')\" $'<v>' \"$(printf '%s.' <v>)\"\n"
        "cat <<EOF\n<<v>>\nEOF\ncat <<'EOF'\n-<v>-\nEOF\n"
    )
    filled = fill_placeholders(body, {"V": value})
    told = subprocess.run(["bash", "-c", filled], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"}).stdout
    v = value.encode()
    inner = v.rstrip(b"\n")  # `$(...)` drops them at its end, whatever they came from
    assert told == b"\0".join([v, v, v, b"a" + v + b"b", b"a" + v + inner, v, v + b".", v + b"\n-" + v + b"-\n"])


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=60))
def test_without_values_nothing_changes(body: str) -> None:
    assert fill_placeholders(body, {}) == body


@pytest.mark.parametrize(
    ("body", "values", "filled"),
    [
        ("git show <commit-sha> # <commit-sha>\n", {"Commit SHA": "abc"}, "git show abc # <commit-sha>\n"),
        ("a <x> <y>\r\n", {"x": "1"}, "a 1 <y>\r\n"),
        ("a <x>\n", {"x": "<y>", "y": "2"}, "a '<y>'\n"),
        ("a é<x>é <<y>>\n", {"x": "ü", "y": "1"}, "a é'ü'é 1\n"),
        ("psql < b/YYYYMMDD.sql\n", {"yyyymmdd": "20300101"}, "psql < b/20300101.sql\n"),
        ("a `b <x>`\n", {"x": "plain"}, "a `b plain`\n"),
    ],
)
def test_a_value_goes_where_its_name_stands(body: str, values: dict[str, str], filled: str) -> None:
    assert fill_placeholders(body, values) == filled


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("a `b <x>`\n", "two words"),
        ("a ${B:-<x>}\n", "two words"),
        ('a "${B:-<x>}"\n', "$(id)"),
        ("a $((<x> + 1))\n", "b[$(id)]"),
        ("a 'open <x>\n", "two words"),
        ("a <x>\necho 'open\n", "two words"),
        ("[[ $a == <x> ]]\n", "two words"),
        ("cat <<-EOF\n<x>\nEOF\n", "a\n\tEOF\nid"),
        ("a <x>\n", "nul\0"),
        ("cat <<EOF\n<x>\nEOF\n", "a\nEOF\nid"),
        ("cat <<'EOF'\nE<x>F\nEOF\n", "O"),
    ],
)
def test_a_value_that_no_quoting_can_hold_is_refused(body: str, value: str) -> None:
    with pytest.raises(CannotFill):
        fill_placeholders(body, {"x": value})


def test_the_grammar_gets_nothing_but_ascii() -> None:
    """Its scanner crashes on `{` before some other characters, depending on where the memory happens to lie."""
    for point in (0x80, 0xE9, 0x2014, 0x1F680, 0x31860, 0x9C76B, 0x10FFFF):
        for text in ("{", "{1", "{1..", "$", "echo "):
            script = (text + chr(point)).encode()
            seen = parse_script(script).text
            assert seen is not None
            assert seen.isascii()
            assert len(seen) == len(script)
