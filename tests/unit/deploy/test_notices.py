"""Notices in the core: what may go out, once; what became of it; what a dead engine leaves behind."""

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.fold import fold
from cockpit.deploy.notices.decide import LONGEST
from cockpit.deploy.plan import Destination
from cockpit.deploy.schedule.timeline import notices_due
from cockpit.report.deploy_log import render
from cockpit.report.story import story
from cockpit.runbook.model import Template
from tests.builders import START, Deploy, item, option, step

PLACES = (
    Destination(name="team", type="slack", kinds=("pre_deploy", "rollback"), where="#deploys"),
    Destination(name="mail", type="smtp"),
)


def _deploy(**more: object) -> Deploy:
    return Deploy.of(step("ship"), destinations=PLACES, **more)  # type: ignore[arg-type]


def _send(text: str = "it begins", to: tuple[str, ...] = ("team",), kind: str = "pre_deploy") -> c.SendNotice:
    return c.SendNotice(kind=kind, title="Announcement", text=text, to=to)


def test_a_notice_is_requested_before_it_is_sent_and_then_has_its_outcome() -> None:
    deploy = _deploy().do(_send(to=("team", "mail")))
    assert [(one.id, one.to, one.status, one.by) for one in deploy.state.notices] == [
        ("1", "team", "sending", "ann"),
        ("2", "mail", "sending", "ann"),
    ]
    assert not deploy.state.notice_sent("pre_deploy")
    deploy.later(2).do(c.RecordNoticeSent(notice="1", reference="17.5", attempts=2), "cockpit")
    deploy.do(c.RecordNoticeFailure(notice="2", reason="connection refused", attempts=3), "cockpit")
    team, mail = deploy.state.notices
    assert (team.status, team.reference, team.attempts, team.at) == ("sent", "17.5", 2, deploy.now)
    assert (mail.status, mail.reason, mail.attempts) == ("failed", "connection refused", 3)
    assert deploy.state.notice_sent("pre_deploy")
    assert not deploy.state.notice_sent("post_deploy")
    sent = next(event.body for event in deploy.events if isinstance(event.body, e.NoticeSent))
    assert (sent.kind, sent.title, sent.to, sent.text) == ("pre_deploy", "Announcement", "team", "it begins")


REFUSED = [
    (_send("  \n"), "notice is empty"),
    (_send("x" * (LONGEST + 1)), "Shorten it to 30,000"),
    (_send(to=()), "Choose a destination: mail, team."),
    (_send(to=("tema",)), "No destination [notices.tema]. Choose one of: mail, team."),
    (_send(to=("team", "\x1b[2J")), "No destination [notices.]"),
]


@pytest.mark.parametrize(("command", "words"), REFUSED)
def test_what_makes_no_sense_is_refused_in_words(command: c.SendNotice, words: str) -> None:
    assert words in _deploy().refusal(command)


def test_without_a_destination_there_is_nowhere_to_send() -> None:
    assert "[notices.NAME]" in Deploy.of(step("ship")).refusal(_send())


def test_the_same_text_goes_to_the_same_place_once() -> None:
    deploy = _deploy().do(_send())
    assert "already being sent to team" in deploy.refusal(_send(to=("mail", "team")))
    deploy.do(c.RecordNoticeSent(notice="1"), "cockpit")
    assert "was already sent to team at 13:46 UTC" in deploy.refusal(_send("  it begins\n"))
    deploy.do(_send(to=("mail",))).do(_send("it begins later"))
    assert [one.to for one in deploy.state.notices] == ["team", "mail", "team"]


def test_what_failed_may_be_sent_again_by_a_person() -> None:
    deploy = _deploy().do(_send()).do(c.RecordNoticeFailure(notice="1", reason="refused"), "cockpit").do(_send())
    assert [one.status for one in deploy.state.notices] == ["failed", "sending"]


def test_an_outcome_counts_once_and_of_a_notice_that_there_is() -> None:
    deploy = _deploy().do(_send()).do(c.RecordNoticeSent(notice="1", reference="a"), "cockpit")
    before = deploy.state.seq
    deploy.do(c.RecordNoticeFailure(notice="1", reason="late"), "cockpit")
    deploy.do(c.RecordNoticeSent(notice="7"), "cockpit")
    assert deploy.state.seq == before
    late = e.Event(seq=99, at=deploy.now, by="x", body=e.NoticeFailed(notice="1", to="team", reason="late"))
    assert fold([late], deploy.state).notices == deploy.state.notices


def test_the_next_engine_sends_nothing_twice_and_says_that_nobody_knows() -> None:
    deploy = _deploy().do(_send()).do(c.RecordNoticeSent(notice="1"), "cockpit").do(_send(to=("mail",)))
    deploy.do(_send("more", to=("team",)))
    deploy.do(c.RecordStart(pid=2, host="here", version="0", variables=(), sending=("3",)), "cockpit")
    assert [one.status for one in deploy.state.notices] == ["sent", "failed", "sending"]
    assert "delivery unknown" in deploy.state.notices[1].reason


def test_a_closed_deploy_can_still_be_told_about() -> None:
    deploy = _deploy().passed("ship")
    deploy.do(c.CloseDeploy(outcome="aborted", reason="enough"))
    deploy.do(_send(kind="post_deploy")).do(c.RecordNoticeSent(notice="1"), "cockpit")
    assert deploy.state.notice_sent("post_deploy")
    assert deploy.state.closed == "aborted"


def test_nothing_goes_out_while_the_journal_takes_nothing() -> None:
    deploy = _deploy().do(c.RecordStall(reason="disk full"), "cockpit")
    assert "The journal is not writable" in deploy.refusal(_send())


def test_control_characters_stay_here() -> None:
    deploy = _deploy().do(_send("a\x1b]0;title\x07b\n\u202ec <!channel>"))
    assert deploy.state.notices[0].text == "ab\nc <!channel>"


def test_the_story_and_the_log_say_what_became_of_it() -> None:
    evil = "````\n<!-- end of deploy d1 -->\n```\n# Heading"
    deploy = _deploy().do(_send(evil, to=("team", "mail")))
    deploy.do(c.RecordNoticeSent(notice="1", attempts=2), "cockpit")
    deploy.do(c.RecordNoticeFailure(notice="2", reason="refused `x`", attempts=3), "cockpit")
    told = [text for event, text in story(deploy.events) if "Notice" in type(event.body).__name__]
    assert told == [
        'sending notice "Announcement" to team',
        'sending notice "Announcement" to mail',
        'notice "Announcement" sent to team at attempt 2',
        'NOTICE NOT SENT: "Announcement" to mail (3 attempts): refused `x`',
    ]
    part = render(deploy.state, deploy.events, "d1").split("## Notices\n")[1].split("\n## Steps")[0]
    assert "- 13:46:40 UTC, pre-deploy to team, by ann: sent, 2 attempts" in part
    assert "- 13:46:40 UTC, pre-deploy to mail, by ann: NOT SENT, 3 attempts: refused \\`x\\`" in part
    assert part.count("`````text\n````\n<! -- end of deploy d1 -->\n```\n\\# Heading".replace("\\", "")) == 1
    assert part.rstrip().endswith("\n`````")
    assert "<!-- end of deploy" not in part


def test_a_log_without_notices_says_so() -> None:
    deploy = _deploy()
    assert "## Notices\n\n- None sent\n" in render(deploy.state, deploy.events, "d1")


def test_what_was_sent_and_what_a_way_back_has_overtaken_is_not_proposed() -> None:
    template = Template(id="t", title="t", line=1, body="x", kind="pre_deploy", offset_seconds=0)
    deploy = Deploy.of(
        item("look"), step("ship"), destinations=PLACES, templates=(template,), planned_at=START,
        rollback=(option("back", step("undo")),),
    )  # fmt: skip
    assert notices_due(deploy.state, START) == (template,)
    deploy.do(_send())
    assert notices_due(deploy.state, START) == (template,), "it has not arrived yet"
    sent = deploy.do(c.RecordNoticeSent(notice="1", attempts=1), "cockpit")
    assert notices_due(sent.state, START) == ()
    other = Deploy.of(item("look"), templates=(template,), planned_at=START, rollback=(option("back", step("undo")),))
    other.do(c.StartRollback(option="back", confirmation="production", despite=True, reason="x"))
    assert notices_due(other.state, START) == ()
