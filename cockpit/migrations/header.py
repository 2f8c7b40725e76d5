"""The comment at the top of a migration: who, when, how long, and whether it stands in a transaction.

The fields are those of the process the cockpit was made for (`-- Author:`, `-- Created:`, `-- Estimated time:`), and
the directives by which dbmate, goose, Atlas and Flyway say that a file runs without a transaction.
"""

import re

from cockpit.migrations.model import Header
from cockpit.text.sanitize import one_line

_FIELD = re.compile(r"^--[ \t]*(?P<name>[A-Za-z][A-Za-z ]{2,24}?)[ \t]*[:=][ \t]*(?P<value>[^\n]*)$", re.M)
_HEAD = re.compile(r"(?:\s+|--[^\n]*|/\*.*?\*/)*", re.S)
_NAMES = {
    "author": "author", "authors": "author", "by": "author", "owner": "author",
    "created": "created", "date": "created", "created at": "created", "created on": "created",
    "estimated time": "estimate", "estimate": "estimate", "estimated duration": "estimate", "duration": "estimate",
    "transaction": "transaction",
}  # fmt: skip
_PLACEHOLDER = re.compile(r"<.*>|\[.*\]|TODO\b.*|YYYY.*|\?+|-*", re.I)
_AMOUNT = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?)\b", re.I
)
_RANGE = re.compile(r"\d+(?:\.\d+)?\s*(?:-|to|\u2013)\s*(?=\d)", re.I)
_DATE = re.compile(
    r"\d{4}-?\d{2}-?\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{1,2}\.? +[A-Za-z]{3,9}\.?,? +\d{4}|[A-Za-z]{3,9} +\d"
)
_NONE = re.compile(
    r"^--[ \t]*(?:migrate:up\b[^\n]*transaction:\s*false|\+goose\s+NO\s+TRANSACTION"
    r"|atlas:txmode\s+none|executeInTransaction\s*=\s*false)",
    re.I | re.M,
)
_SINGLE = re.compile(
    r"^--[ \t]*(?:migrate:up\b|\+goose\s+Up\b|\+migrate\s+Up\b|atlas:txmode\s+(?:file|all))", re.I | re.M
)


def seconds(text: str) -> float | None:
    """Of "1 second", "<5 min", "2-3 minutes" (the longer), "1 h 30 min"; None where it is no duration."""
    if _PLACEHOLDER.fullmatch(text.strip()):
        return None
    amounts = list(_AMOUNT.finditer(_RANGE.sub("", text)))
    if not amounts:
        return None
    factors = {"h": 3600.0, "s": 1.0, "m": 60.0}
    return sum(
        float(one["number"])
        * (0.001 if one["unit"].lower().startswith(("ms", "milli")) else factors[one["unit"][0].lower()])
        for one in amounts
    )


def read(text: str) -> Header:
    """From the comments before the first statement."""
    match = _HEAD.match(text[:20_000])
    head = match[0] if match else ""
    fields: dict[str, str] = {}
    for field in _FIELD.finditer(head):
        name = _NAMES.get(" ".join(field["name"].lower().split()))
        value = one_line(field["value"])
        if name and name not in fields and not _PLACEHOLDER.fullmatch(value):
            fields[name] = value
    created = fields.get("created", "")
    said = fields.get("estimate", "")
    return Header(
        author=fields.get("author", ""),
        created=created if _DATE.match(created) else "",
        estimate=seconds(said),
        said=said,
        single=_single(head, fields.get("transaction", "").lower()),
    )


def _single(head: str, said: str) -> bool | None:
    """True: a tool wraps the file, False: none does, None: the file does not say."""
    if said.startswith(("none", "no", "false", "off")) or _NONE.search(head):
        return False
    return True if said or _SINGLE.search(head) else None
