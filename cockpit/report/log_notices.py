"""The notices in the deploy log: when, what, to where, sent or failed and why; then each text once."""

import re
from datetime import UTC, datetime

from cockpit.deploy.state import NoticeState, State
from cockpit.text.sanitize import markdown, plain

_RUN = re.compile(r"`+")


def log_notices(state: State) -> list[str]:
    """Markdown lines."""
    if not state.notices:
        return ["- None sent"]
    lines = [_line(one) for one in state.notices]
    shown: set[str] = set()
    for one in state.notices:
        if one.text not in shown:
            shown.add(one.text)
            lines += ["", f"**{markdown(one.title)}**", "", *fenced(one.text)]
    return lines


def _line(one: NoticeState) -> str:
    clock = f"{datetime.fromtimestamp(one.at, UTC):%H:%M:%S} UTC"
    kind = one.kind.replace("_", "-")
    words = {"sent": "sent", "failed": "NOT SENT", "sending": "sending"}[one.status]
    tries = f", {one.attempts} attempts" if one.attempts > 1 else ""
    why = f": {markdown(one.reason)}" if one.reason else ""
    return f"- {clock}, {markdown(kind)} to {markdown(one.to)}, by {markdown(one.by)}: {words}{tries}{why}"


def fenced(text: str) -> list[str]:
    """A block that shows the text as it is: longer fences than any in it, no mark between deploys."""
    inside = plain(text).replace("<!--", "<! --").rstrip("\n")
    fence = "`" * max(3, 1 + max((len(run) for run in _RUN.findall(inside)), default=0))
    return [f"{fence}text", *inside.split("\n"), fence]
