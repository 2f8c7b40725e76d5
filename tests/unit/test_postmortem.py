"""The draft of a post-mortem: numbers from the record, questions for what it does not know."""

from pathlib import Path

from markdown_it import MarkdownIt

from cockpit.deploy import commands as c
from cockpit.report.log_tasks import Places
from cockpit.report.postmortem import postmortem
from tests.builders import Deploy, item, option, rule, step

EVIL = "<script>|\x1b[31m`**"


def _sick(text: str = "trouble") -> Deploy:
    deploy = Deploy.of(
        item("ready"),
        step("ship"),
        item("after", "verify"),
        rollback=(option("back", step("undo")),),
        metrics=(rule(for_seconds=0.0),),
        automatic=True,
        arm_task="ship",
        commit="9ab03e1f00c0ffee",
        emergency=True,
        bypassed=("the window was closed",),
    )
    deploy.read(errors=0.1).do(c.WaiveItem(task="ready", reason=text)).run("ship").end("ship")
    deploy.later(10).read(errors=6.2).later(20).read(errors=9.0)
    return deploy


def _draft(deploy: Deploy) -> str:
    return postmortem(deploy.state, deploy.events, "d1", Places(Path("/srv/d1"), Path("/srv/reports")))


def test_it_tells_the_impact_what_fired_and_asks_the_rest() -> None:
    text = _draft(_sick())
    assert "above threshold 13:46:50 to 13:47:10 (20 s), worst 9 %" in text
    assert "- 13:46:50: errors 6.2 % > 5 %" in text
    assert "- Rolled back (" in text
    assert "- [ ] Ready was waived (trouble). Would it have helped?" in text
    assert "- [ ] Bypassed: the window was closed. Was that right?" in text
    assert "- [ ] Why did no check before the deploy catch it?" in text
    assert "[output](../d1/steps/002-1/output.log)" in text
    assert "- ann: " in text


def test_a_quiet_deploy_leaves_few_questions() -> None:
    deploy = Deploy.of(item("ready"), step("ship")).tick("ready").run("ship").end("ship")
    text = _draft(deploy)
    assert "- No metric crossed its alert threshold" in text
    assert "- No trigger fired" in text
    assert text.count("- [ ]") == 3


def test_text_of_others_stays_text() -> None:
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(_draft(_sick(EVIL)))
    assert "<script>" not in html
    assert "\x1b" not in html
    for table in html.split("<table>")[1:]:
        assert table.count("<td>") == table.count("<th>") * (table.count("<tr>") - 1)
