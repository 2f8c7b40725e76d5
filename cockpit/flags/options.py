"""Reading the keys of a flag's table, with the messages that the metric sources have."""

from collections.abc import Mapping

from cockpit.flags.base import FlagError
from cockpit.metrics.base import SourceError
from cockpit.metrics.options import Options


def options_of(flag: str, table: Mapping[str, object]) -> Options:
    """The flag's own keys; its readers raise SourceError, which `registry.build` makes a FlagError of."""
    return Options(flag, table)


def in_words(error: SourceError, flag: str) -> FlagError:
    """The same, of a flag."""
    return FlagError(str(error).replace(f"source {flag!r}: ", f"flags.{flag}: ", 1))


def asked(options: Options, key: str, default: str | None = None) -> str:
    """A text on one line, without what no header or path could hold. Raises SourceError."""
    value = options.text(key, default)
    if not value.isprintable():
        raise options.error(key, "contains an unprintable character (a line break?)")
    return value
