"""Short forms for narrow places: clocks, durations, cut text."""


def took(seconds: float) -> str:
    """How long something took: `0.4 s` where a stopwatch would say nothing, else the stopwatch."""
    return f"{max(0.0, seconds):.1f} s" if seconds < 9.95 else stopwatch(seconds)


def stopwatch(seconds: float) -> str:
    """`00:41`, `1:02:03`."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes:02d}:{left:02d}"


def timer(seconds: float) -> str:
    """`00:12:31`: always with hours, so that it keeps its width while it runs."""
    whole = max(0, int(seconds))
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def countdown(seconds: float) -> str:
    """`T-04:12` before, `T+04:12` after the planned time; given seconds from it (negative before)."""
    return f"T{'-' if seconds < 0 else '+'}{stopwatch(abs(seconds))}"


def bar(share: float, width: int = 8, *, ascii_only: bool = False) -> str:
    """How much of it is done, 0 to 1; full and marked with `+` where it is over."""
    full = min(width, max(0, int(share * width)))
    drawn = f"[{'#' * full}{'.' * (width - full)}]" if ascii_only else "▰" * full + "▱" * (width - full)
    return drawn + ("+" if share > 1 else "")


def cut(text: str, width: int, mark: str = "…") -> str:
    """The text in at most `width` characters."""
    return text if len(text) <= width else text[: max(0, width - len(mark))] + mark
