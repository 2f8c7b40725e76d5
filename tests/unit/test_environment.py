"""Variables and secrets: where they come from, which are hidden, and that a problem is words and never a crash."""

from pathlib import Path

import pytest

from cockpit.engine.config.environment import Environment, for_scripts, resolve
from cockpit.settings.load import Settings
from cockpit.settings.tables import VariableSettings


def _resolve(
    root: Path, variables: dict[str, dict[str, object]] | None = None, *, env_file: str | None = None, **inherited: str
) -> Environment:
    settings = Settings(
        env_file=env_file,
        variables={name: VariableSettings.model_validate(table) for name, table in (variables or {}).items()},
    )
    return resolve(settings, root, {"PATH": "/usr/bin:/bin", **inherited})


def test_values_come_from_the_environment_a_file_and_a_command(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    found = _resolve(
        tmp_path,
        {
            "SAME": {},
            "OTHER": {"from": "env:SAME"},
            "TOKEN": {"from": "file:token"},
            "SAID": {"from": "command:printf '%s\\n\\n' \"$SAME said\""},
            "HERE": {"from": "command:pwd"},
        },
        SAME="value",
    )
    assert found.problems == ()
    assert {name: found.values[name] for name in ("SAME", "OTHER", "TOKEN", "SAID", "HERE")} == {
        "SAME": "value",
        "OTHER": "value",
        "TOKEN": "from-a-file",
        "SAID": "value said",
        "HERE": str(tmp_path),
    }


PROBLEMS = [
    ({"from": "env:NOT_THERE"}, "variable X: $NOT_THERE is not set"),
    ({}, "variable X: $X is not set"),
    ({"from": "file:nowhere"}, "variable X: file nowhere: No such file"),
    ({"from": "command:exit 3"}, "variable X: command exited with status 3"),
    ({"from": "command:echo the-secret; exit 1"}, "exited with status 1"),
    ({"from": "vault:x"}, 'unknown from = "vault:..."'),
]


@pytest.mark.parametrize(("table", "words"), PROBLEMS)
def test_what_cannot_be_had_is_a_problem_and_the_name_stays_unset(
    tmp_path: Path, table: dict[str, object], words: str
) -> None:
    found = _resolve(tmp_path, {"X": table})
    assert "X" not in found.values
    assert len(found.problems) == 1
    assert words in found.problems[0]
    assert "the-secret" not in found.problems[0]


def test_bytes_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff\xfe-binary-key\n")
    found = _resolve(tmp_path, {"KEY": {"from": "file:key", "secret": True}, "C": {"from": "command:printf '\\377x'"}})
    assert found.problems == ()
    assert any(b"\xff\xfe-binary-key" in pattern for pattern in found.patterns)
    assert found.values["C"].encode("utf-8", "surrogateescape") == b"\xffx"


GUESSES = [
    ("DB_PASSWORD", "hunter2-hunter2", True),
    ("GITHUB_TOKEN", "ghp_0123456789", True),
    ("AWS_SECRET_ACCESS_KEY", "abc/def+12345", True),
    ("STRIPE_API_KEY", "sk_live_12345678", True),
    ("DATABASE_URL", "postgres://app:s3cret@db/app", True),
    ("REDIS", "redis://:s3cret@cache:6379", True),
    ("DATABASE_URL", "postgres://db/app", False),
    ("HOMEPAGE", "https://example.com/a@b", False),
    ("SECRET_NAME", "production", False),
    ("DB_PASSWORD", "short", True),
    ("DB_PASSWORD", "false", False),
    ("SSH_AUTH_SOCK", "/tmp/ssh-1234/agent.5", False),
    ("TOKEN_FILE", "/run/secrets/token", False),
    ("EDITOR", "vim-with-a-long-name", False),
]


@pytest.mark.parametrize(("name", "value", "secret"), GUESSES)
def test_a_secret_is_guessed_by_its_name_or_its_look(tmp_path: Path, name: str, value: str, secret: bool) -> None:
    found = _resolve(tmp_path, None, **{name: value})
    assert (value in found.secrets) == secret
    assert (name in found.secret_names) == secret or value == "false"


def test_naming_a_variable_in_the_settings_does_not_make_a_guessed_secret_public(tmp_path: Path) -> None:
    address = "postgres://app:s3cret-word@db/app"
    found = _resolve(tmp_path, {"DATABASE_URL": {}, "DB": {"from": "env:DATABASE_URL"}}, DATABASE_URL=address)
    assert address in found.secrets
    assert {"DATABASE_URL", "DB"} <= set(found.secret_names)


def test_the_settings_have_the_last_word_on_what_is_secret(tmp_path: Path) -> None:
    found = _resolve(
        tmp_path, {"DB_PASSWORD": {"secret": False}, "CITY": {"secret": True}}, DB_PASSWORD="x" * 9, CITY="Bern"
    )
    assert found.secrets == ("Bern",)


UNMASKABLE = [
    ("a", "shorter than 4 characters"),
    ("abc", "shorter than 4 characters"),
    ("null", "a common word"),
    ("False", "a common word"),
    ("production", "a common word"),
    ("4711", "a number of fewer than 6 digits"),
    ("12.5s", "a number of fewer than 6 digits"),
    ("-----", "one character repeated"),
    ("127.0.0.1:80", "a network address"),
]


@pytest.mark.parametrize(("value", "why"), UNMASKABLE)
@pytest.mark.parametrize("table", [{"secret": True}, {}])
def test_what_would_hide_the_log_is_not_masked_and_said(
    tmp_path: Path, value: str, why: str, table: dict[str, object]
) -> None:
    found = _resolve(tmp_path, {"DB_PASSWORD": table}, DB_PASSWORD=value)
    assert len(found.warnings) == 1
    assert found.warnings[0].startswith(f"variable DB_PASSWORD: cannot be masked in logs: it is {why}")
    assert found.problems == found.secrets == ()
    assert "DB_PASSWORD" in found.secret_names


def test_everyday_values_of_frameworks_are_not_masked_and_no_reason_to_warn(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "SESSION_ENCRYPT=false\nCACHE_PREFIX=\nAPP_DEBUG=true\nMAIL_PORT=2525\nMAIL_FROM=null\n"
    )
    (tmp_path / ".env").chmod(0o600)
    found = _resolve(tmp_path, env_file=".env", TOKENIZERS_PARALLELISM="false", AUTH_MODE="disabled")
    assert found.secrets == found.warnings == found.problems == ()


@pytest.mark.parametrize("value", ["correcthorse", "/run/x9/secret", "/a", "hunter", "123456"])
@pytest.mark.parametrize("name", ["MY_PASSWORD", "GITHUB_PAT", "MYSQL_PWD", "SHOP_KEY", "AUTH", "CREDENTIALS"])
def test_a_variable_that_the_settings_name_is_secret_by_its_name_whatever_its_value(
    tmp_path: Path, name: str, value: str
) -> None:
    found = _resolve(tmp_path, {name: {}, "SHOWN": {"from": f"env:{name}", "secret": False}}, **{name: value})
    assert name in found.secret_names
    assert found.secrets == ((value,) if len(value) >= 4 else ())


@pytest.mark.parametrize(("mode", "problems"), [(0o600, 0), (0o400, 0), (0o644, 1), (0o640, 1)])
def test_an_env_file_that_others_can_read_is_a_problem(tmp_path: Path, mode: int, problems: int) -> None:
    path = tmp_path / ".env"
    path.write_text("A=one-two-3\n")
    path.chmod(mode)
    found = _resolve(tmp_path, env_file=".env")
    assert len(found.warnings) == problems
    assert all("chmod 600" in one for one in found.warnings)
    assert found.values["A"] == "one-two-3"


def test_an_env_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    assert "No such file" in _resolve(tmp_path, env_file=".env").problems[0]


def test_what_stands_in_an_env_file_is_secret_except_plain_words_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("NODE_ENV=production\nPORT=8080\nDEBUG=true\nAPI=abc-123-def\nDB_PASSWORD=correcthorse\n")
    path.chmod(0o600)
    found = _resolve(tmp_path, env_file=".env")
    assert found.secrets == ("abc-123-def", "correcthorse")
    assert found.problems == ()


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        *(
            (line, False)
            for line in (
                "REPLICAS=3",
                "RATIO=1.5",
                "VERSION=2026.11.3",
                "BIND=0.0.0.0",
                "TIMEOUT=30s",
                "MEMORY=512Mi",
                "SHARE=25%",
                "REGION=eu-west-1",
                "ZONE=ap-southeast-2",
                "NODE=web-2",
                "ROOT_DIR=/var/www/shop",
                "URL=https://example.com",
                "API=http://localhost:8080/",
                "LEVEL=v1",
                "PIN=4711",
                "DB_PASSWORD=production",
                "REDIS_PASSWORD=null",
            )
        ),
        *(
            (line, True)
            for line in (
                "URL=https://ann:horse9@example.com",
                "HOOK=https://example.com/services/T0/B0/x9",
                "URL=https://x9k2.example.com",
                "ID=3f2a9c1d",
                "NAME=correct-horse-battery-staple",
                "DATA=/9j4AAQSkZJRgABAQ",
                "KEYS=/srv/A8sd7/keys",
                "LONG=eu-west-1-x8Kd0s",
                "PIN=471108",
                "LOGIN_PIN=a8080",
                "OTP_SEED=123456",
                "DB_PASSWORD=correcthorse",
                "WEBHOOK_URL=https://example.com",
                "STRIPE_KEY=808080",
                "AT=12345:AAbb",
                "PHONE=+4930123456",
            )
        ),
    ],
)
def test_of_an_env_file_only_what_is_surely_harmless_is_shown(line: str, hidden: bool, tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(line + "\n")
    path.chmod(0o600)
    found = _resolve(tmp_path, env_file=".env")
    assert found.secrets == ((line.partition("=")[2],) if hidden else ())
    assert found.problems == ()


def test_lines_of_an_env_file_that_cannot_be_read_are_a_problem_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text('A=1\nKEY="MIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n')
    (tmp_path / ".env").chmod(0o600)
    found = _resolve(tmp_path, env_file=".env")
    assert [one.rpartition(".env")[2] for one in found.problems] == [
        ":2: not read: unclosed quotes, or text after them",
        ":3: not read: neither NAME=value nor a comment",
    ]
    assert {b"MIIEvQIBADANBgkq", b"hkiG9w0BAQEFAASC"} <= set(found.patterns)


def test_the_lines_of_a_quoted_key_are_all_masked(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text('KEY="-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END"\n')
    assert {b"MIIEvQIBADANBgkq", b"hkiG9w0BAQEFAASC"} <= set(_resolve(tmp_path, env_file=".env").patterns)


def test_scripts_get_no_pager_and_no_question_and_the_cockpits_names_win() -> None:
    environment = Environment({"PAGER": "less", "MINE": "1", "COCKPIT_REF": "forged"})
    given = for_scripts(environment, {"COCKPIT_REF": "v1"})
    assert (given["PAGER"], given["GIT_PAGER"], given["GIT_TERMINAL_PROMPT"]) == ("cat", "cat", "0")
    assert (given["MINE"], given["COCKPIT_REF"]) == ("1", "v1")


def test_an_address_of_a_variable_is_looked_up_and_everything_else_is_itself() -> None:
    environment = Environment({"URL": "x"})
    assert (environment.resolve("env:URL"), environment.resolve("plain")) == ("x", "plain")
    with pytest.raises(KeyError, match="GONE"):
        environment.resolve("env:GONE")
