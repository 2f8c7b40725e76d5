"""What can be said about a source before a deploy."""

from collections.abc import Mapping

from cockpit.deploy.plan import MetricRule, Unit
from cockpit.metrics.base import Reading
from cockpit.metrics.check import examine

NOW = 1000.0


class Fixed:
    """Answers these readings, one list after the other."""

    name = "fixed"

    def __init__(self, *looks: list[Reading], top: float | None = None, units: Mapping[str, str] | None = None) -> None:
        self.looks = list(looks)
        self.top = top
        self.units = units or {}

    async def read(self, now: float) -> list[Reading]:
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    async def ceilings(self) -> Mapping[str, float]:
        return {"p95": self.top} if self.top is not None else {}

    async def close(self) -> None:
        """Nothing."""


async def said(source: Fixed, name: str, unit: Unit, breach: float | None = None) -> list[tuple[str, str]]:
    rule = MetricRule(name=name, label=name, unit=unit, source="fixed", breach=breach)
    return [(one.severity, one.text) for one in await examine(source, [rule], lambda: NOW, again=0)]


async def test_a_good_source_has_no_findings() -> None:
    source = Fixed([Reading("p95", NOW)], [Reading("p95", NOW, 0.2)], top=10.0, units={"p95": "s"})
    assert await said(source, "p95", "s", breach=5) == []


async def test_a_limit_at_the_top_bucket_can_never_be_passed() -> None:
    source = Fixed([Reading("p95", NOW, 0.2)], top=10.0)
    words = "breach 10 s can never be reached: the histogram's top finite bucket is 10 s"
    assert await said(source, "p95", "s", breach=10) == [("error", words)]


async def test_an_error_an_absence_and_an_unknown_metric_are_told() -> None:
    assert await said(Fixed([Reading("x", NOW, error="refused")]), "x", "") == [("error", "refused")]
    nothing = Fixed([Reading("x", NOW, detail="target down")])
    assert await said(nothing, "x", "") == [("warning", "no data: target down")]
    assert await said(nothing, "y", "") == [("error", "the source fixed does not provide it")]


async def test_a_sample_older_than_stale_would_never_be_judged() -> None:
    ((severity, words),) = await said(Fixed([Reading("x", NOW - 40, 1.0)]), "x", "")
    assert (severity, words.startswith("the newest sample is 40 s old, but counts as no data after 15 s")) == (
        "error",
        True,
    )
    assert (await said(Fixed([Reading("x", NOW - 12, 1.0)]), "x", ""))[0][0] == "warning"


async def test_a_unit_that_cannot_be_right_is_told() -> None:
    assert await said(Fixed([Reading("errors", NOW, 1.0)], units={"errors": "%"}), "errors", "s", breach=5) == [
        ("error", "unit is 's', but the source returns '%'")
    ]
    assert "milliseconds" in (await said(Fixed([Reading("t", NOW, 1500.0)]), "t", "s"))[0][1]
    assert "not a share" in (await said(Fixed([Reading("t", NOW, 1500.0)]), "t", "%"))[0][1]
