"""A sparkline on a fixed scale, as text: no data, zero and a flat line look different; a threshold is marked.

Pure: values in, pieces of text with their styles out. (Textual's own sparkline scales to what it sees, so that a flat
0, a flat 500 and no data look the same.)
"""

from collections.abc import Sequence

from textual.content import Content

BARS = "▁▂▃▄▅▆▇█"
ASCII_BARS = "_.-=+*%#"
NO_DATA = "·"
ASCII_NO_DATA = " "

Point = tuple[float, float | None]


def columns(points: Sequence[Point], width: int, end: float, seconds: float) -> list[float | str | None]:
    """The worst value of each of `width` equal time slices up to `end`; None: no data; "": before the first sample.

    A slice between two samples that are farther apart than a slice keeps the earlier value.
    """
    slices: list[float | str | None] = [""] * width
    start = end - seconds
    seen: list[bool] = [False] * width
    for at, value in points:
        index = int((at - start) / seconds * width) if seconds else width - 1
        if not 0 <= index < width and not (index == width and at <= end):
            continue
        index = min(index, width - 1)
        have = slices[index]
        if not seen[index]:
            slices[index] = value
            seen[index] = True
        elif value is None or have is None:
            slices[index] = None
        else:
            slices[index] = max(float(have), value)
    last: float | str | None = ""
    for index, have in enumerate(slices):
        if seen[index]:
            last = have
        elif last != "":
            slices[index] = last
    return slices


def sparkline(
    points: Sequence[Point],
    width: int,
    *,
    end: float,
    seconds: float,
    top: float,
    alert: float | None = None,
    ascii_only: bool = False,
) -> Content:
    """One row of `width` cells over the last `seconds` before `end`, 0 to `top`; above `alert` in the bad colour."""
    bars = ASCII_BARS if ascii_only else BARS
    hole = ASCII_NO_DATA if ascii_only else NO_DATA
    pieces: list[tuple[str, str]] = []
    for value in columns(points, width, end, seconds):
        if value == "":
            pieces.append((" ", ""))
        elif value is None:
            pieces.append((hole, "$unknown"))
        else:
            number = float(value)
            level = min(len(bars) - 1, max(0, int(number / top * len(bars)))) if top > 0 else 0
            pieces.append((bars[level], "$breach" if alert is not None and number > alert else "$ok"))
    return Content.assemble(*pieces)
