"""From a flag's `type` to its setter. Built-in ones and others come through the same door: entry points of the group
`cockpit.flags` whose object is a `SetterFactory`."""

from collections.abc import Mapping
from importlib.metadata import EntryPoint

from cockpit.external.plugins import Extensions, UnknownType
from cockpit.flags.base import Context, FlagError, Setter, SetterFactory
from cockpit.flags.options import in_words
from cockpit.metrics.base import SourceError

GROUP = "cockpit.flags"
# Named, not imported: httpx costs up to 260 ms and belongs to those who ask.
_BUILT_IN: Mapping[str, str] = {
    "command": "cockpit.flags.command:build",
    "file": "cockpit.flags.file:build",
    "flagsmith": "cockpit.flags.flagsmith:build",
    "github": "cockpit.flags.github:build",
    "http": "cockpit.flags.http_json:build",
    "launchdarkly": "cockpit.flags.launchdarkly:build",
    "unleash": "cockpit.flags.unleash:build",
}

_KNOWN = Extensions(GROUP, _BUILT_IN, "type of flags")
types = _KNOWN.types


def build(kind: str, flag: str, options: Mapping[str, object], context: Context) -> Setter:
    """The setter of `[flags.NAME]`. Raises FlagError, also for a fault of a plug-in.

    Known to every type: `read`, a command that prints what the flag is as the application sees it, and `restart`, a
    command that runs once it was set.
    """
    point = _point(kind)
    own = dict(options)
    around = {key: own.pop(key) for key in ("restart", *(("read",) if kind != "command" else ())) if key in own}
    try:
        factory: SetterFactory = point.load()
        setter = factory(flag, own, context)
    except SourceError as error:
        raise in_words(error, flag) from None
    except FlagError:
        raise
    except Exception as error:
        raise FlagError(f"flags.{flag}: type {kind!r} ({point.value}) failed: {type(error).__name__}") from None
    if not around:
        return setter
    from cockpit.flags.around import Around, programs

    return Around(setter, *programs(flag, around, context))


def _point(kind: str) -> EntryPoint:
    try:
        return _KNOWN.point(kind)
    except UnknownType as error:
        raise FlagError(str(error)) from None
