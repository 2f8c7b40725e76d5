"""The charts of a deploy as SVG: well-formed whatever the names are, with levels, line and marks."""

from xml.etree import ElementTree

from cockpit.tui.chart_svg import charts_svg
from tests.builders import Deploy, item, rule, step

SVG = "{http://www.w3.org/2000/svg}"


def _deploy(title: str) -> Deploy:
    deploy = Deploy.of(item("ready"), step("ship"), metrics=(rule(label=title),))
    for value in (0.1, 0.2, 6.0, 3.0):
        deploy.later(1).read(errors=value)
    return deploy.tick("ready").run("ship").later(2).read(errors=1.0)


def test_line_levels_and_marks_are_there() -> None:
    deploy = _deploy("errors")
    root = ElementTree.fromstring(charts_svg(deploy.state, deploy.events))
    words = [text.text or "" for text in root.iter(f"{SVG}text")]
    assert words[0] == "errors"
    assert "breach 5 %" in words
    assert any(word.endswith("Ship") and word.startswith("1 ") for word in words)
    (line,) = root.iter(f"{SVG}polyline")
    assert len(line.attrib["points"].split()) == 5


def test_a_name_is_text_and_nothing_else() -> None:
    deploy = _deploy("<script>\x1b[31m\"'&")
    root = ElementTree.fromstring(charts_svg(deploy.state, deploy.events))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {"svg", "rect", "text", "line", "polyline"}


def test_without_values_there_is_nothing_to_draw() -> None:
    deploy = Deploy.of(item("ready"), metrics=(rule(),))
    assert charts_svg(deploy.state, deploy.events) == ""
