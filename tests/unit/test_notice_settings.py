"""`[notices.NAME]`: what is taken, what is refused and why, and that a secret is never repeated."""

from pathlib import Path

import pytest

from cockpit.engine.config.environment import resolve
from cockpit.opening.deploy import OpeningError, open_plan
from cockpit.settings.load import Settings, SettingsError, load

GOOD = """\
[notices.team]
type = "slack"
url = "env:SLACK_WEBHOOK"
kinds = ["pre_deploy", "rollback"]

[notices.thread]
type = "slack"
token = "command:pass slack"
channel = "#deploys"

[notices.mail]
type = "smtp"
host = "mail.example.com"
from = "deploys@example.com"
to = ["a@example.com", "b@example.com"]
username = "deploys"
password = "file:mail-password"
timeout = "20s"

[notices.pager]
type = "command"
command = "bin/page"

[notices.other]
type = "pigeon"
loft = "env:LOFT"
"""


def _load(folder: Path, text: str) -> Settings:
    path = folder / "cockpit.toml"
    path.write_text(text)
    return load(path)


def test_every_type_is_read_with_its_own_keys(tmp_path: Path) -> None:
    settings = _load(tmp_path, GOOD)
    options = {name: one.options() for name, one in settings.notices.items()}
    assert options["team"] == {"url": "env:SLACK_WEBHOOK"}
    assert options["mail"]["from"] == "deploys@example.com"
    assert options["other"] == {"loft": "env:LOFT"}
    assert [one.where() for one in settings.notices.values()] == [
        "",
        "#deploys",
        "a@example.com, b@example.com",
        "",
        "",
    ]
    assert [one.timeout for one in settings.notices.values()] == [10.0, 10.0, 20.0, 10.0, 10.0]
    stored = settings.model_dump(mode="json", by_alias=True, exclude={"environments"}, exclude_none=True)
    assert Settings.model_validate(stored) == settings


SLACK = '[notices.team]\ntype = "slack"\n'
SMTP = '[notices.team]\ntype = "smtp"\nhost = "h"\nfrom = "a@b"\nto = "c@d"\n'
SECRET = "https://hooks.slack.com/services/T0/B0/do-not-repeat-me"
BAD = [
    (SLACK + f'url = "{SECRET}"', "url is a secret and must not be stored here"),
    (SLACK + 'token = "xoxb-do-not-repeat-me"\nchannel = "#x"', "token is a secret"),
    (SMTP + 'username = "a"\npassword = "do-not-repeat-me"', "password is a secret"),
    ('[notices.team]\ntype = "pigeon"\ntoken = "do-not-repeat-me"', "token is a secret"),
    (SLACK, "needs url (a webhook), or token and channel"),
    (SLACK + 'url = "env:A"\ntoken = "env:B"\nchannel = "#x"', "needs url (a webhook), or token and channel"),
    (SLACK + 'token = "env:B"', "token needs a channel"),
    (SLACK + 'url = "env:A"\nhost = "h"', "host is not a key of type 'slack'; known: url"),
    (SLACK + 'url = "env:A"\nchanel = "x"', "chanel is not a key of type 'slack'; did you mean 'channel'?"),
    (SLACK + 'url = "env:A"\nkinds = ["party"]', "notices.team.kinds.0: input should be 'pre_deploy'"),
    (SLACK + 'url = "env:A"\ntimeout = "0s"', "notices.team.timeout: input should be greater than 0"),
    (SMTP.replace('to = "c@d"\n', ""), "to is missing"),
    (SMTP + 'username = "a"', "username and password go together"),
    (SMTP + 'username = "a"\npassword = "env:P"\ntls = "none"', "could be read in transit"),
    (SMTP + "port = 70000", "notices.team.port: input should be less than or equal to 65535"),
    ('[notices.team]\ntype = "command"\ncommand = " "', "command is missing"),
    ("[notices.team]\nurl = 1", "notices.team.type: field required"),
]


@pytest.mark.parametrize(("text", "words"), BAD)
def test_what_cannot_work_is_refused_with_its_line_and_without_its_value(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError) as raised:
        _load(tmp_path, text)
    said = str(raised.value)
    assert words in said
    assert "cockpit.toml:" in said
    assert "do-not-repeat-me" not in said


def test_an_unknown_type_is_refused_when_a_deploy_is_opened(tmp_path: Path) -> None:
    (tmp_path / "RUNBOOK.md").write_text("# X\n\n## Deploy\n```bash\n./deploy\n```\n")
    (tmp_path / "cockpit.toml").write_text('[notices.team]\ntype = "slak"\n')
    with pytest.raises(SettingsError, match=r"notices\.team: no type 'slak'; did you mean 'slack'") as raised:
        open_plan(str(tmp_path / "RUNBOOK.md"))
    assert raised.value.problems[0][0] == 2
    (tmp_path / "cockpit.toml").write_text('[notices.team]\ntype = "command"\ncommand = "true"\n')
    try:
        plan = open_plan(str(tmp_path / "RUNBOOK.md")).plan
    except OpeningError as error:
        raise AssertionError(str(error)) from error
    assert [(one.name, one.type, one.kinds) for one in plan.destinations] == [("team", "command", ())]


def test_secrets_are_resolved_and_masked_and_not_among_the_variables(tmp_path: Path) -> None:
    (tmp_path / "mail-password").write_text("the-mail-password\n")
    settings = _load(tmp_path, GOOD.replace("pass slack", "echo the-slack-token"))
    inherited = {"PATH": "/usr/bin:/bin", "SLACK_WEBHOOK": SECRET, "LOFT": "the-loft-key"}
    found = resolve(settings, tmp_path, inherited)
    assert found.problems == ()
    assert found.notices["mail"].options["password"] == "the-mail-password"
    assert found.notices["thread"].options["token"] == "the-slack-token"
    assert found.notices["pager"].options["command"] == "bin/page"
    assert not {"the-mail-password", "the-slack-token"} & set(found.values.values())
    for secret in ("the-mail-password", "the-slack-token", "the-loft-key", SECRET, "/services/T0/B0/do-not-repeat-me"):
        assert secret.encode() in found.patterns, secret


def test_a_password_too_short_to_be_masked_is_said(tmp_path: Path) -> None:
    settings = _load(tmp_path, SMTP + 'username = "a"\npassword = "env:P"\n')
    found = resolve(settings, tmp_path, {"P": "abc"})
    assert found.warnings == (
        "notice team: one of its secrets cannot be masked in logs: it is shorter than 4 characters",
    )
