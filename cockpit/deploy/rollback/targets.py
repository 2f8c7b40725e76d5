"""Whether a way back leads anywhere: what was looked at, and what it means. Pure; the looking is the engine's."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Fitness = Literal["pass", "fail", "unknown"]

FRESH_SECONDS = 300.0
"""An answer that is older is asked for again; one that is asked for does not count as no answer meanwhile."""


class Finding(Struct, frozen=True):
    """One look at a target. `fail`: it cannot work, or leads to something known to be bad; `unknown` stops nobody."""

    verdict: Fitness
    said: str


class TargetCheck(Struct, frozen=True, kw_only=True):
    """The newest look at an option, with these values in its placeholders."""

    at: float
    values: dict[str, str]
    findings: tuple[Finding, ...] = ()
    asked: bool = False
    """An answer is on its way."""

    @property
    def problems(self) -> tuple[str, ...]:
        """Why it cannot work; empty where nothing is known against it."""
        return tuple(finding.said for finding in self.findings if finding.verdict == "fail")

    def is_about(self, values: Mapping[str, str]) -> bool:
        """True where nothing else was put into the placeholders that were looked at."""
        return all(values.get(name) == value for name, value in self.values.items())
