"""Extension points: what is built in, and what other packages bring, come through the same door: entry points."""

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points

from cockpit.text.suggest import meant


class UnknownType(LookupError):
    """No such type; the text names what was probably meant, or all there is."""


class Extensions:
    """One group. `built_in`: type -> `module:object`; named, not imported, for what they need may take long to load."""

    def __init__(self, group: str, built_in: Mapping[str, str], what: str) -> None:
        self._group = group
        self._built_in = built_in
        self._what = what

    def types(self) -> list[str]:
        """Every type there is, sorted; no plug-in is loaded for it."""
        return sorted({*self._built_in, *(point.name for point in entry_points(group=self._group))})

    def point(self, kind: str) -> EntryPoint:
        """Where the type's factory is. Raises UnknownType."""
        if kind in self._built_in:  # first, so that no installed package can take a built-in's place
            return EntryPoint(kind, self._built_in[kind], self._group)
        for point in entry_points(group=self._group, name=kind):
            return point
        raise UnknownType(f"no {self._what} {kind!r}; {meant(kind, self.types())}")
