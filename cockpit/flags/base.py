"""What every way to set a flag is: set it, read it, or an error in words."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from cockpit.deploy.rollout.plan import Form


class Wanted(Struct, frozen=True):
    """What the flag shall be. `value` is what a template's `{value}` stands for: a number, or true and false."""

    flag: str
    percent: float
    form: Form = "percent"

    @property
    def number(self) -> int | float:
        """Whole where it can be: 25, not 25.0."""
        return int(self.percent) if self.percent == int(self.percent) else self.percent

    @property
    def value(self) -> bool | int | float:
        return self.percent > 0 if self.form == "switch" else self.number


class Seen(Struct, frozen=True):
    """What the flag is, in percent; None where it cannot be read back. `said`: more of it, in words."""

    percent: float | None
    said: str = ""


class FlagError(Exception):
    """It was not set, or cannot be read; the words are for a person and hold no secret. `unknown`: it may have been
    set all the same."""

    def __init__(self, words: str, *, unknown: bool = False, retry_after: float = 0.0) -> None:
        self.unknown = unknown
        self.retry_after = retry_after
        """Seconds that the server asks for before the next try."""
        super().__init__(words)


class Context(Struct, frozen=True, kw_only=True):
    """What a setter may need of the deploy: where commands start, what they see, what must not be shown."""

    root: str = "."
    values: Mapping[str, str] = {}
    secrets: tuple[str, ...] = ()


class Setter(Protocol):
    """One flag. `how`: how it is set, in words; `readable`: it can be read back."""

    how: str
    readable: bool

    async def set(self, wanted: Wanted) -> str:
        """Set it once; what there is to say besides. Raises FlagError."""
        ...

    async def read(self, wanted: Wanted) -> Seen:
        """What it is now; of `wanted` only the name and the form count. Raises FlagError."""
        ...

    async def close(self) -> None: ...


class SetterFactory(Protocol):
    """`factory(flag, options, context)`: the own keys of `[flags.NAME]`, every `env:` resolved. Known to all: `timeout`
    in seconds. Raises FlagError where the options cannot work."""

    def __call__(self, flag: str, options: Mapping[str, object], context: Context) -> Setter: ...
