"""Commands in all the ways they are written: which of them are found, and which are well."""

import pytest

from cockpit.runbook.lint.registry import lint, open_context
from cockpit.runbook.parse import parse
from tests.unit.runbook.lint import around, codes, found


def _of(script: str, code: str) -> int:
    return sum(one == code for _, one in codes(around(script, "bash")))


@pytest.mark.parametrize(
    ("script", "times"),
    [
        ('pg_dump "$U" > b.sql', 1),
        ('pg_dump "$U" | gzip > b.sql.gz', 1),
        ("sudo -u postgres pg_dumpall 1> all.sql", 1),
        ("supabase db dump > b.sql", 1),
        ("mysqldump shop 2> log > b.sql", 1),
        ("pg_dump > b.part && mv b.part b", 0),
        ("pg_dump --file=b.sql", 0),
        ("pg_dump > /dev/null", 0),
        ("pg_dump 2> errors.log --file=b.sql", 0),
        ("echo pg_dump > note.txt", 0),
    ],
)
def test_a_dump_into_its_last_name(script: str, times: int) -> None:
    assert _of(script, "dump-redirect") == times


@pytest.mark.parametrize(
    ("script", "times"),
    [
        ("psql shop < b.sql", 1),
        ("psql shop -f b.sql", 1),
        ("psql -qf b.sql shop", 1),
        ("psql --file=b.sql", 1),
        ("gunzip -c b.gz | psql shop", 1),
        ("psql shop <<EOF\nselect 1\nEOF", 0),
        ("psql -v ON_ERROR_STOP=1 shop < b.sql", 0),
        ("psql --set=ON_ERROR_STOP=on -f b.sql", 0),
        ("psql -c 'select 1' < /dev/null", 0),
        ("psql -c 'select 1' | grep 1", 0),
        ("psql -Atc 'select 1' < /dev/null", 0),
        ("echo y | psql -1qc 'select 1'", 0),
        ("cat b.sql | psql -U c -1", 1),
        ("pg_restore -d shop b.dump", 1),
        ("pg_restore --exit-on-error -d shop b.dump", 0),
        ("pg_restore -1 -d shop b.dump", 0),
        ("pg_restore --list b.dump", 0),
    ],
)
def test_a_restore_that_goes_on_after_an_error(script: str, times: int) -> None:
    assert _of(script, "restore-no-stop") == times


@pytest.mark.parametrize(
    ("script", "times"),
    [
        ("psql $U -c 'select 1'", 1),
        ('psql "${U}" -c x', 1),
        ("psql -h $HOST_OF_IT -c x", 1),
        ("pg_dump --dbname=$U -f x", 1),
        ("psql ${U:?} -c x", 0),
        ("psql ${U:-postgres://127.0.0.1/shop} -c x", 0),
        ("set -u\npsql $U -c x", 0),
        (': "${U:?}"\npsql $U -c x', 0),
        ("U=shop\npsql $U -c x", 0),
        ("psql -c $QUERY shop", 0),
        ("echo $U", 0),
    ],
)
def test_a_variable_that_says_where(script: str, times: int) -> None:
    assert _of(script, "unset-variable") == times


def test_a_variable_that_an_earlier_script_sets_is_set() -> None:
    text = "# S\n\n## Deploy\n```bash\nU=shop\n```\n```bash\npsql $U -c 'select 1'\n```\n\n## Rollback\n\nBy hand.\n"
    assert codes(text) == []


@pytest.mark.parametrize(
    ("script", "times"),
    [
        ("curl https://a/", 1),
        ("curl -sSL https://a/ -o x", 1),
        ("curl -sSL https://a/ | bash", 1),
        ("curl -fsS https://a/", 0),
        ("curl -sSfL https://a/", 0),
        ("curl -XPOST --fail-with-body https://a/", 0),
        ("curl -s -o /dev/null -w '%{http_code}' https://a/", 0),
        ("curl -sI https://a/", 0),
        ("curl -s https://a/ | grep -q ok", 0),
        ("curl -s https://a/ | jq -e .ok", 0),
        ("curl -d f=1 https://a/", 1),
        ("curl --version", 0),
    ],
)
def test_curl_that_takes_an_error_page(script: str, times: int) -> None:
    assert _of(script, "curl-no-fail") == times


@pytest.mark.parametrize(
    ("script", "times"),
    [
        ("npm run test 2>&1 | tee log", 1),
        ("pg_dump shop | gzip > b.part", 1),
        ("curl -f https://a/ | bash", 1),
        ("kubectl apply -f x | tail -1", 1),
        ("kubectl get pod | head", 0),
        ("set -euo pipefail\nnpm run test | tee log", 0),
        ("cat log | grep x", 0),
        ("echo y | npm run test", 0),
        ("terraform version | head -1", 0),
    ],
)
def test_a_pipe_behind_something_that_can_fail(script: str, times: int) -> None:
    assert _of(script, "pipe-hides-failure") == times


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("gh workflow run x --ref 4f2a91c\ngh run watch 1 --exit-status", ["gh-ref-commit"]),
        ("gh workflow run x --ref=$GIT_SHA\ngh run watch 1 --exit-status", ["gh-ref-commit"]),
        ('gh workflow run x -r "$(git rev-parse HEAD)"\ngh run watch 1 --exit-status', ["gh-ref-commit"]),
        ("gh workflow run x --ref release-2\ngh run watch 1 --exit-status", []),
        ("gh workflow run x --ref feedface\ngh run watch 1 --exit-status", []),
        ("gh workflow run x\ngh run watch 1", ["gh-watch"]),
        ("gh workflow run x\ngh run watch -i 5 --exit-status", ["gh-watch"]),
        ("gh workflow run x", ["gh-not-awaited"]),
    ],
)
def test_workflows(script: str, expected: list[str]) -> None:
    assert [code for _, code in codes(around(script, "bash"))] == expected


KNOWN = {
    ("kubectl",): frozenset({"rollout", "get"}),
    ("kubectl", "rollout"): frozenset({"undo", "status"}),
    ("supabase",): frozenset({"db", "migration"}),
    ("supabase", "db"): frozenset({"push", "diff"}),
}


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("kubectl -n shop rollout undo deployment/a", []),
        ("kubectl rollout udno deployment/a", ["no-such-subcommand"]),
        ("kubectl --unknown-option rollout udno x", []),
        ("kubectl argo list", ["tool-missing"]),
        ("supabase db pull", ["no-such-subcommand"]),
        ("supabase $COMMAND x", []),
        ("docker nonsense", []),
        ("kubectl get udno", []),
    ],
)
def test_commands_that_the_tool_does_not_have(script: str, expected: list[str]) -> None:
    text = around(script, "bash")
    told = lint(open_context(text, parse(text, check=None), KNOWN))
    assert [one.code for one in told] == expected


def test_what_may_have_been_meant_is_named() -> None:
    text = around("kubectl rollout udno deployment/a", "bash")
    (one,) = lint(open_context(text, parse(text, check=None), KNOWN))
    assert one.message == "the installed kubectl has no `kubectl rollout udno`; did you mean `undo`?"


def test_a_step_that_gets_a_terminal_may_ask() -> None:
    text = around("terraform apply", "bash")
    assert [code for _, code in codes(text)] == ["asks-a-question"]
    assert codes(text.replace("```bash", "```bash {interactive=true}")) == []


def test_a_secret_is_never_repeated() -> None:
    text = around('psql "postgres://shop:s3cr3t-Word@db/shop" -c "select 1"\nexport API_KEY=abcdef0123456', "bash")
    told = found(text)
    assert [one.code for one in told] == ["secret-in-text", "secret-in-text"]
    assert not any("s3cr3t" in one.message or "abcdef" in one.message for one in told)
    fine = 'psql "postgres://shop:$PW@db/shop" -c x\nexport API_KEY=<key> TOKEN=changeme1 SECRET=your-secret'
    assert "secret-in-text" not in [code for _, code in codes(around(fine, "bash"))]
