"""Rows of figures: each with what it is compared to, measured in the same run on the same machine."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass
class Row:
    """`ratio` = value / baseline; None where there is nothing to compare with."""

    name: str
    value: float
    unit: str
    against: str = ""
    baseline: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.baseline if self.baseline else None


def show(rows: Sequence[Row]) -> None:
    width = max(len(row.name) for row in rows)
    print(f"{'':{width}}  {'value':>14}  {'ratio':>8}  against")
    for row in rows:
        ratio = f"{row.ratio:.2f}x" if row.ratio is not None else ""
        against = f"{row.against}: {_number(row.baseline)} {row.unit}" if row.baseline is not None else row.against
        print(f"{row.name:{width}}  {_number(row.value):>8} {row.unit:<5}  {ratio:>8}  {against}")


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


median = statistics.median
