"""Amounts as the screen, the log and the reasons write them: values with their unit, durations, sizes. Pure."""


def value_words(value: float | None, unit: str) -> str:
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


def seconds_text(value: float) -> str:
    """`3 ms`, `1.2 s`, `4 min 10 s`, `2 h 5 min`."""
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 60:
        return f"{value:.1f} s"
    minutes, seconds = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {seconds} s"
    return f"{minutes // 60} h {minutes % 60} min"


def bytes_text(value: float) -> str:
    """`512 B`, `4.0 kB`, `1.2 GB`, in steps of 1024 as PostgreSQL counts; a minus where it shrank."""
    sign, rest = ("-" if value < 0 else ""), abs(value)
    for unit in ("B", "kB", "MB", "GB"):
        if rest < 1024 or unit == "GB":
            return f"{sign}{rest:.0f} B" if unit == "B" else f"{sign}{rest:.1f} {unit}"
        rest /= 1024
    return ""
