"""Values and durations as the screen, the log and the reasons write them. Pure."""

from cockpit.deploy.plan import Unit


def value_words(value: float | None, unit: Unit) -> str:
    """`0.08 %`, `412 ms`, `1.2 s`, `61`, `up`: a value as the screen, the log and the reasons write it."""
    if value is None:
        return "no data"
    if unit == "up":
        return "up" if value >= 1 else "down"
    if unit == "s":
        return f"{value * 1000:.0f} ms" if value < 0.9995 else f"{_short(value)} s"
    return f"{_short(value)} %" if unit == "%" else _short(value)


def _short(value: float) -> str:
    size = abs(value)
    digits = 2 if 0 < size < 1 else 1 if size < 10 else 0
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def seconds_words(seconds: float) -> str:
    """`4 s`, `1 min 05 s`, `2 h 40 min`: a duration for people."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"
