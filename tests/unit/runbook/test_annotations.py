"""What the attributes of a fence and the words of a comment may say, and what of it is not understood."""

from typing import Any

import pytest
from msgspec import structs

from cockpit.runbook.annotations import is_command_check, only_for_check, read_comment, read_fence
from cockpit.runbook.model import Annotations

_NOTHING = structs.asdict(Annotations())


def _said(notes: Annotations) -> dict[str, Any]:
    """What differs from an annotation that says nothing."""
    return {name: value for name, value in structs.asdict(notes).items() if value != _NOTHING[name]}


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ("{name=deploy confirm=true}", {"name": "deploy", "confirm": True}),
        ('{"name": "deploy", "confirm": true, "retries": 3}', {"name": "deploy", "confirm": True, "retries": 3}),
        ("  {name='two words' cwd=app/web}  ", {"name": "two words", "cwd": "app/web"}),
        ("{name=a=b}", {"name": "a=b"}),
        ("{confirm}", {"confirm": True}),
        ("{confirm=YES interactive=1}", {"confirm": True, "interactive": True}),
        ("{confirm=No interactive=0 background=False}", {"confirm": False, "interactive": False, "background": False}),
        ("{ignore=true no-return=true}", {"ignore": True, "no_return": True}),
        ("{tag=a interpreter=python3}", {"tag": "a", "interpreter": "python3"}),
        ("{retries=0}", {}),
        ("{retries=100}", {"retries": 100}),
        ("{retries=101}", {"retries": 100}),
        ("{ok=0,3,255}", {"ok_statuses": (0, 3, 255)}),
        ('{"ok": [0, 3], "env": ["A", "B"]}', {"ok_statuses": (0, 3), "env": ("A", "B")}),
        ("{timeout=1h30m at=T-5m}", {"timeout_seconds": 5400.0, "at_seconds": -300}),
        ("{interrupt=wait}", {"interrupt": "wait"}),
        ("{rollback=undo env=A,,B}", {"rollback": "undo", "env": ("A", "B")}),
        ("{check=metrics confirm_by=second start=due}", {"check": "metrics", "confirm_by": "second", "start": "due"}),
    ],
)
def test_what_a_fence_may_say(attributes: str, said: dict[str, Any]) -> None:
    read = read_fence(attributes)
    assert _said(read.notes) == said
    assert read.unknown == ()


@pytest.mark.parametrize(
    "word",
    [
        "confirm=maybe",
        "retries=-1",
        "retries=often",
        "ok=0,256",
        "ok=-1",
        "ok=",
        "timeout=soon",
        "at=5m",
        "interrupt=kill",
        "confirm_by=ann",
        "start=now",
        "name=",
        "colour=red",
        "owner=ann",
    ],
)
def test_what_is_not_understood_is_told_and_the_rest_counts(word: str) -> None:
    read = read_fence(f"{{cwd=app {word} tag=x}}")
    assert _said(read.notes) == {"cwd": "app", "tag": "x"}
    # A key that nobody knows is told alone: its value says nothing.
    known = word.split("=")[0] not in {"colour", "owner"}
    assert read.unknown == (word if known else word.split("=")[0],)


def test_a_quotation_that_does_not_end_is_read_word_by_word() -> None:
    read = read_fence("{cwd=app name='a b}")
    assert _said(read.notes) == {"cwd": "app", "name": "'a"}
    assert read.unknown == ("b",)


def test_json_that_is_no_table_is_no_annotation() -> None:
    assert read_fence("[1, 2]").unknown == ("[1,", "2]")
    assert _said(read_fence("{}").notes) == {}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("rollback choose-one", {"is_rollback": True, "choose_one": True}),
        ("reference ignore=true optional", {"reference": True, "ignore": True, "optional": True}),
        ("required=yes critical=false", {"required": True}),
        ("owner='Ann and Ben' at=T+1h", {"owner": "Ann and Ben", "at_seconds": 3600}),
        ("check='make test' ignore-rule=x reason='it is so'", {"check": "make test"}),
    ],
)
def test_what_a_comment_may_say(words: str, said: dict[str, Any]) -> None:
    read = read_comment(words)
    assert _said(read.notes) == said
    assert read.unknown == ()


def test_a_comment_has_no_attributes_of_a_fence() -> None:
    assert read_comment("confirm=true rollback").unknown == ("confirm",)


@pytest.mark.parametrize(
    ("words", "only"),
    [
        ("ignore-rule=x", True),
        ("ignore-rule=x reason='so it is'", True),
        ("reason='so it is'", False),
        ("ignore-rule=x optional", False),
        ("", False),
    ],
)
def test_a_comment_that_only_silences_a_rule(words: str, only: bool) -> None:
    assert only_for_check(words) is only


@pytest.mark.parametrize(
    ("comment", "command"), [('check="x"', True), ("at=T check='x'", True), ("check=x", False), ("recheck='x'", False)]
)
def test_a_quoted_check_is_told_from_the_name_of_one(comment: str, command: bool) -> None:
    assert is_command_check(comment) is command
