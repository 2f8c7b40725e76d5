"""Messages with holes: what is announced before, after and instead of a deploy. Rule 13."""

import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from cockpit.runbook.fences import TEXT
from cockpit.runbook.model import TemplateField
from cockpit.runbook.names import fold

TemplateKind = Literal["pre_deploy", "post_deploy", "rollback", "log", "message"]

_MESSAGE = re.compile(
    r"\b(?:communications?|notif(?:y|ication)s?|announce(?:ments?)?|templates?|messages?|e-?mails?|slack)\b", re.I
)
_LOG = re.compile(r"\b(?:deploy(?:ment)?|release|change|incident)s?\s+(?:logs?|records?|reports?|entry)\b", re.I)
_KINDS: tuple[tuple[re.Pattern[str], TemplateKind], ...] = (
    (re.compile(r"\broll(?:ing)?[\s-]?back|rollbacks?|\brevert|\bundo", re.I), "rollback"),
    (re.compile(r"\b(?:pre|before|upcoming|scheduled|planned|start(?:ing)?)\b", re.I), "pre_deploy"),
    (re.compile(r"\b(?:post|after|complete[d]?|finished|done|success(?:ful)?)\b", re.I), "post_deploy"),
)
_FIELD = re.compile(
    r"<(?P<angle>[^<>\n]{1,80})>|(?<![\]\\])\[(?P<square>(?![ xX]\])[^\[\]\n]{1,80})\](?![(\[:])"
    r"|(?<![A-Za-z0-9])(?P<date>YYYY-?MM-?DD(?:[ T]HH:?MM)?|HH:MM(?::SS)?)(?![A-Za-z0-9])"
)


def template_kind(language: str, titles: Sequence[str]) -> TemplateKind | None:
    """The kind of message that a fence holds, or None.

    `titles` are the headings and the bold line above it, nearest last.

    Unlabelled and text fences below a heading about communication, notification or templates; for those and for a
    deployment log a Markdown fence will do as well.
    """
    if language in {"markdown", "md"} and titles and any(_LOG.search(title) for title in titles[-2:]):
        return "log"
    is_text = language in TEXT or (language in {"markdown", "md"} and any(_MESSAGE.search(t) for t in titles[-2:]))
    if not is_text or not any(_MESSAGE.search(title) for title in titles):
        return None
    # The nearest heading that says when: "Rollback" above "Status update" makes the update one of a rollback.
    return next((kind for title in reversed(titles) for regex, kind in _KINDS if regex.search(title)), "message")


def find_fields(body: str) -> tuple[TemplateField, ...]:
    """The holes of a message in their order, each name once."""
    found: dict[str, TemplateField] = {}
    for match in _FIELD.finditer(body):
        name = _name(match)
        if name:
            found.setdefault(name, TemplateField(name, match[0]))
    return tuple(found.values())


class FieldPlace(NamedTuple):
    """A field where it stands: its folded name, its token, and what is before and behind it on its line."""

    name: str
    token: str
    before: str
    after: str


def fill_each(body: str, choose: Callable[[FieldPlace], str | None]) -> str:
    """The message with what `choose` says in each of its fields; None leaves the field as it is.

    One name may stand for different things in different lines (`ETA: <X minutes>`, `Downtime: <X minutes>`). A value is
    never looked into for further fields.
    """

    def put(match: re.Match[str]) -> str:
        start = body.rfind("\n", 0, match.start()) + 1
        end = body.find("\n", match.end())
        after = body[match.end() : end if end >= 0 else len(body)]
        value = choose(FieldPlace(_name(match), match[0], body[start : match.start()], after))
        return match[0] if value is None else value

    return _FIELD.sub(put, body)


def kind_by_offset(kind: TemplateKind, offset_seconds: int | None) -> TemplateKind:
    """A message that only its time tells about (`Announcement (T-1hour)`) is one from before or after the deploy."""
    if kind != "message" or not offset_seconds:
        return kind
    return "pre_deploy" if offset_seconds < 0 else "post_deploy"


def _name(match: re.Match[str]) -> str:
    return fold(match["angle"] or match["square"] or match["date"] or "")
