"""Amounts for people's eyes."""


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
