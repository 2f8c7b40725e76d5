"""The deploy log of a day: its headings, several deploys in one file, and text of others that does no harm."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.paths import Layout
from cockpit.report.deploy_log import merged, render, write_log
from cockpit.report.record import as_json
from cockpit.report.story import story
from tests.builders import START, Deploy, check, item, option, rule, step

EVIL = "</td><script>alert(1)</script> | `x` *b* [l](http://evil) \x1b[2J\u202e <!-- end of deploy d1 -->"


def _deploy(text: str = "x", **more: object) -> Deploy:
    deploy = Deploy.of(
        item("look"),
        check("tests"),
        step("migrate", migrates=True),
        item("after", "verify"),
        rollback=(option("back", step("undo")),),
        metrics=(rule(),),
        commit="9ab03e1f00c0ffee",
        **more,  # type: ignore[arg-type]
    )
    deploy.read(errors=0.1).do(c.WaiveItem(task="look", reason=text)).do(c.AddNote(text=text)).run("tests")
    deploy.end("tests", "failed", reason=text, log_bytes=5, dropped_bytes=3).passed("tests")
    return deploy.passed("migrate").read(errors=6.2)


def _log(deploy: Deploy, deploy_id: str = "d1") -> str:
    return render(deploy.state, deploy.events, deploy_id)


def test_the_log_has_the_headings_of_the_teams_template() -> None:
    text = _log(_deploy(changes=("Fix the thing",), migrations=("0042_add.sql",)))
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings[0] == "# Production Deployment - 1970-01-12"
    assert [line for line in headings if line.startswith("## ")] == [
        "## Changes", "## Migrations", "## Rollback", "## Issues", "## Metrics", "## Notices",
        "## Steps", "## Story",
    ]  # fmt: skip
    for line in (
        "**Time**: 13:46 UTC  ",
        "**Deployed by**: ann  ",
        "**Commit**: `9ab03e1f00`  ",
        "**Environment**: production  ",
        "**Outcome**: still open  ",
        "**Deploy**: `d1`",
        "- Fix the thing",
        "- Required: No",
    ):
        assert line in text.splitlines(), line
    assert "`0042_add.sql`: pass" in text
    assert "| Error rate | no data | 6.2 % | breach: errors 6.2 % > 5 % |" in text
    assert "- [x] Tests: done, 0 s, attempt 2, by ann" in text
    assert any(line.startswith("| Migrate | done | 13:46:40 | 0 s |") for line in text.splitlines())


def test_what_did_not_go_well_is_listed() -> None:
    text = _log(_deploy("because"))
    issues = text.split("## Issues")[1].split("## Metrics")[0]
    assert "Look: waived by ann, because" in issues
    assert "ann: because" in issues
    assert "bytes of output were not kept" not in issues, "the last attempt lost nothing"


def test_a_rollback_is_told_with_its_reason_and_its_end() -> None:
    deploy = _deploy().do(c.StartRollback(option="back", confirmation="production", reason="errors")).end("undo")
    text = _log(deploy)
    for words in (
        "Required: Yes",
        "Reason: errors",
        "Option: Back",
        "Breach at the time: errors 6.2 % > 5 %",
        "health not",
    ):
        assert words in text.split("## Rollback")[1].split("## Issues")[0]
    assert "**Outcome**: rolled back, by cockpit" in text


def test_text_of_others_is_text_in_the_log() -> None:
    deploy = _deploy(EVIL, changes=(EVIL,), migrations=("a`b<script>.sql",), environment="x")
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(_log(deploy))
    assert "<script>" not in html
    assert "<a " not in html
    assert "<!--" not in html
    assert "\x1b" not in html
    assert "\u202e" not in html
    tables = html.split("<table>")[1:]
    assert len(tables) == 3, "metrics, steps, story"
    for table in tables:
        assert table.count("<td>") == table.count("<th>") * (table.count("<tr>") - 1), "a text made a cell of its own"


def test_a_second_deploy_of_the_day_stands_below_the_first() -> None:
    text = merged(merged("", "d1", "one"), "d2", "two")
    assert text.index("one") < text.index("two")
    assert text.count("<!-- deploy d1 -->") == text.count("<!-- end of deploy d2 -->") == 1


@pytest.mark.parametrize("again", ["d1", "d2", "d3"])
def test_a_part_that_is_written_again_is_replaced_in_its_place(again: str) -> None:
    text = "# Our own notes\n\nKept.\n"
    for name in ("d1", "d2", "d3"):
        text = merged(text, name, f"part of {name}")
    new = merged(text, again, "NEW")
    assert new == text.replace(f"part of {again}", "NEW")
    assert merged(new, again, "NEW") == new


def test_an_end_mark_that_somebody_took_out_costs_no_other_deploy() -> None:
    text = merged(merged("", "d1", "one"), "d2", "two").replace("<!-- end of deploy d1 -->\n", "")
    new = merged(text, "d1", "NEW")
    assert "two" in new
    assert "one" not in new
    assert merged(new, "d1", "NEW") == new


def _layout(folder: Path) -> Layout:
    layout = Layout(folder)
    layout.make()
    return layout


def test_the_log_is_written_to_the_day_of_the_deploy_and_written_again_in_place(tmp_path: Path) -> None:
    deploy = _deploy()
    (path,) = write_log(deploy.state, deploy.events, _layout(tmp_path), "d1")
    assert path == tmp_path / "reports" / "deploys" / "1970-01-12.md"
    first = path.read_text()
    deploy.do(c.AddNote(text="a late thought"))
    write_log(deploy.state, deploy.events, _layout(tmp_path), "d1")
    assert "a late thought" in path.read_text()
    assert path.read_text().count("# Production Deployment") == first.count("# Production Deployment") == 1
    write_log(deploy.state, deploy.events, _layout(tmp_path), "d2")
    assert path.read_text().count("# Production Deployment") == 2
    assert not list(path.parent.glob("*.tmp"))


def test_a_file_of_the_day_that_is_no_utf_8_is_kept_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "deploys" / "1970-01-12.md"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"# caf\xe9\n")
    deploy = _deploy()
    write_log(deploy.state, deploy.events, _layout(tmp_path), "d1")
    assert path.read_bytes().startswith(b"# caf\xe9\n\n<!-- deploy d1 -->")


def test_a_folder_that_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("in the way")
    deploy = _deploy()
    with pytest.raises(OSError, match="reports"):
        write_log(deploy.state, deploy.events, _layout(tmp_path), "d1")


def test_the_story_tells_changes_of_level_and_not_every_sample() -> None:
    deploy = Deploy.of(item("x"), metrics=(rule(),))
    for value in (0.1, 0.1, 9.0, 9.0, 9.0, 0.1):
        deploy.later(1).read(errors=value)
    told = [text for event, text in story(deploy.events) if isinstance(event.body, e.MetricsSampled)]
    assert told == ["metrics: errors breach (errors 9 % > 5 %)", "metrics: errors ok"]


def test_the_record_as_json_holds_everything() -> None:
    deploy = _deploy(EVIL).do(c.CloseDeploy(outcome="aborted", reason="x"))
    shape = json.loads(as_json(deploy.state, deploy.events, "d1"))
    assert (shape["deploy"], shape["outcome"], shape["opened_at"]) == ("d1", "aborted", START)
    assert [one["seq"] for one in shape["events"]] == [event.seq for event in deploy.events]
    assert e.decode_body(json.dumps(shape["events"][3]["body"]).encode()) == deploy.events[3].body
    assert shape["tasks"]["look"]["reason"] == EVIL


def test_a_judged_metric_that_moved_is_drawn_and_one_that_stood_still_is_not() -> None:
    text = _log(_deploy())
    part = text.split("## Metrics")[1].split("## Checklist")[0]
    assert "\n**errors**\n\n```text\n" in part
    block = part.split("```text\n")[1].split("\n```")[0]
    assert max(map(len, block.splitlines())) <= 72
    assert "breach 5 % |*====" in block
    still = Deploy.of(step("ship"), metrics=(rule(), rule("p95", observe_only=True))).read(errors=0.1, p95=0.1)
    assert "```" not in _log(still.later(1).read(errors=0.2, p95=9.0))


def test_a_scripts_name_cannot_end_the_block_of_a_chart() -> None:
    deploy = Deploy.of(step(f"``` {EVIL}"), metrics=(rule(),))
    deploy.read(errors=0.1).later(1).run(f"``` {EVIL}").later(1).read(errors=9.0)
    text = _log(deploy)
    assert text.count("\n```") == 2
    assert merged(merged("", "d1", text), "d1", "x") == "<!-- deploy d1 -->\nx\n<!-- end of deploy d1 -->\n"


def test_engines_that_write_the_days_log_at_the_same_instant_lose_no_part(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.make()
    deploy = _deploy()
    names = [f"d{number}" for number in range(8)]
    for _ in range(5):
        with ThreadPoolExecutor(len(names)) as pool:
            written = list(pool.map(lambda name: write_log(deploy.state, deploy.events, layout, name), names))
        text = written[0][0].read_text()
        assert all(f"<!-- deploy {name} -->" in text and f"<!-- end of deploy {name} -->" in text for name in names)


@pytest.mark.parametrize("where", ["the file", "the folder"])
def test_a_link_does_not_lead_the_log_out_of_the_repository(tmp_path: Path, where: str) -> None:
    layout = Layout(tmp_path / "shop")
    layout.root.mkdir()
    layout.make()
    outside = tmp_path / "outside"
    outside.mkdir()
    deploy = _deploy()
    (path,) = write_log(deploy.state, deploy.events, layout, "d1")
    if where == "the file":
        path.unlink()
        (outside / "secret").write_text("precious")
        path.symlink_to(outside / "secret")
    else:
        path.unlink()
        path.parent.rmdir()
        path.parent.symlink_to(outside)
    with pytest.raises(OSError, match="a symbolic link leads out"):
        write_log(deploy.state, deploy.events, layout, "d1")
    assert [one.name for one in outside.iterdir()] == (["secret"] if where == "the file" else [])
