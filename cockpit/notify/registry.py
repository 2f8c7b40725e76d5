"""From a destination's `type` to its notifier. Built-in ones and others come through the same door: entry points of the
group `cockpit.notifiers` whose object is a `NotifierFactory`."""

import difflib
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points

from cockpit.notify.base import Context, Notifier, NotifierFactory, NotifyError

GROUP = "cockpit.notifiers"
# Named, not imported: httpx costs up to 260 ms and belongs to those who send.
_BUILT_IN: Mapping[str, str] = {
    "command": "cockpit.notify.command:build",
    "slack": "cockpit.notify.slack:build",
    "smtp": "cockpit.notify.smtp:build",
}


def types() -> list[str]:
    """Every type there is, sorted; no plug-in is loaded for it."""
    return sorted({*_BUILT_IN, *(point.name for point in entry_points(group=GROUP))})


def near(kind: str) -> str:
    """What was probably meant, or all there is."""
    known = types()
    found = difflib.get_close_matches(kind, known, n=1, cutoff=0.5)
    return f"did you mean {found[0]!r}?" if found else f"there are: {', '.join(known)}"


def build(kind: str, name: str, options: Mapping[str, object], context: Context) -> Notifier:
    """The notifier of `[notices.name]`. Raises NotifyError, also for a fault of a plug-in."""
    point = _point(kind)
    try:
        factory: NotifierFactory = point.load()
        return factory(name, options, context)
    except NotifyError as error:
        raise NotifyError(f"notices.{name}: {error}") from None
    except Exception as error:
        raise NotifyError(f"notices.{name}: type {kind!r} ({point.value}) failed: {type(error).__name__}") from None


def _point(kind: str) -> EntryPoint:
    if kind in _BUILT_IN:  # first, so that no installed package can take a built-in's place
        return EntryPoint(kind, _BUILT_IN[kind], GROUP)
    for point in entry_points(group=GROUP, name=kind):
        return point
    raise NotifyError(f"no type of notices {kind!r}; {near(kind)}")
