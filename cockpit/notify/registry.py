"""From a destination's `type` to its notifier. Built-in ones and others come through the same door: entry points of the
group `cockpit.notifiers` whose object is a `NotifierFactory`."""

from collections.abc import Mapping
from importlib.metadata import EntryPoint

from cockpit.external.plugins import Extensions, UnknownType
from cockpit.notify.base import Context, Notifier, NotifierFactory, NotifyError

GROUP = "cockpit.notifiers"
# Named, not imported: httpx costs up to 260 ms and belongs to those who send.
_BUILT_IN: Mapping[str, str] = {
    "command": "cockpit.notify.command:build",
    "slack": "cockpit.notify.slack:build",
    "smtp": "cockpit.notify.smtp:build",
}

_KNOWN = Extensions(GROUP, _BUILT_IN, "type of notices")
types = _KNOWN.types


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
    try:
        return _KNOWN.point(kind)
    except UnknownType as error:
        raise NotifyError(str(error)) from None
