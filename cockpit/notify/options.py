"""Reading the keys of a destination; the message names the key, never a value."""

from collections.abc import Mapping

from cockpit.notify.base import NotifyError

TIMEOUT_SECONDS = 10.0


def text(options: Mapping[str, object], key: str, default: str | None = None) -> str:
    """A text; without a default it is required. Raises NotifyError."""
    value = options.get(key, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise NotifyError(f"{key} is missing" if value in (None, "") else f"{key} must be a string")
    return value


def texts(options: Mapping[str, object], key: str) -> list[str]:
    """A list of texts, or one alone; at least one. Raises NotifyError."""
    value = options.get(key, [])
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or not all(isinstance(one, str) and one.strip() for one in listed):
        raise NotifyError(f"{key} must be a list of strings")
    if not listed:
        raise NotifyError(f"{key} is missing")
    return [str(one).strip() for one in listed]


def seconds(options: Mapping[str, object]) -> float:
    """`timeout` in seconds. Raises NotifyError."""
    value = options.get("timeout", TIMEOUT_SECONDS)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 600:
        raise NotifyError("timeout must be between 0 and 10 minutes")
    return float(value)
