"""The settings' table of the deploy window."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from cockpit.deploy.schedule.window_rules import parse_when
from cockpit.settings.types import Duration, Table
from cockpit.text.zones import find_zone


class WindowRuleSettings(Table):
    """A rule and why it is one; a text alone is the rule."""

    when: str = Field(description='"Tue-Thu 10:00-14:00", "2026-12-24", "cron 0 9 * * 1-5 for 4h"')
    reason: str = ""

    @field_validator("when")
    @classmethod
    def _is_a_time(cls, when: str) -> str:
        parse_when(when)
        return when


WindowRules = Annotated[
    list[
        Annotated[
            WindowRuleSettings,
            BeforeValidator(
                lambda one: {"when": one} if isinstance(one, str) else one, json_schema_input_type=str | dict[str, str]
            ),
        ]
    ],
    BeforeValidator(lambda all_: [all_] if isinstance(all_, str) else all_),
]
"""A list of texts or `{ when = ..., reason = ... }`; one text alone is a list of one."""


def _moment(value: object) -> str:
    """A day (`2026-12-24`) or a local time (`2026-12-24T18:00:00`) of TOML or in quotes. Raises ValueError."""
    try:
        read = value if isinstance(value, date) else datetime.fromisoformat(str(value))
        if isinstance(value, str) and len(value.strip()) == len("2026-12-24"):
            read = date.fromisoformat(value.strip())
    except ValueError:
        raise ValueError(f"{value!r} is not a day; use 2026-12-24 or 2026-12-24T18:00:00") from None
    if isinstance(read, datetime) and read.tzinfo is not None:
        raise ValueError("is in the window's zone; write it without an offset")
    return read.isoformat()


Moment = Annotated[str, BeforeValidator(_moment)]


class FreezeSettings(Table):
    """No deploys from one day to another, the last one with it; or to the minute, with times."""

    from_: Moment = Field(alias="from", description="2026-12-20, or 2026-12-20T18:00:00")
    to: Moment
    reason: str = ""

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        # A day as an end is the whole day.
        if (self.to if "T" in self.to else f"{self.to}T24") <= self.from_:
            raise ValueError(f"the freeze ends ({self.to}) before it starts ({self.from_})")
        return self


class WindowSettings(Table):
    """When deploys may begin. Without this table the default schedule is shown and refuses nothing."""

    zone: str = Field("UTC", description='zone of the rules: "America/New_York"')
    best: WindowRules = Field(default_factory=list, description="the best times; for rules see windows.md")
    allow: WindowRules = Field(
        default_factory=list, description="possible times; with any such rule, all other times are closed"
    )
    avoid: WindowRules = Field(default_factory=list, description="possible, with a warning")
    deny: WindowRules = Field(default_factory=list, description="closed, overriding everything else")
    freezes: list[FreezeSettings] = Field(default_factory=list, description="`{ from = DAY, to = DAY, reason = TEXT }`")
    holidays: list[str] = Field(
        default_factory=list, description='"US", or ["US", "US-CA"]: country, or country and region'
    )
    black_friday: bool = False
    cyber_monday: bool = False
    month_end: int = Field(0, ge=0, le=27, description="last days of every month")
    special_days: Literal["avoid", "deny"] = Field(
        "avoid", description="verdict for holidays, Black Friday, Cyber Monday and month ends"
    )
    warn: Duration = Field(900.0, description="how long before its end to warn that a window closes")

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        find_zone(zone)
        return zone

    @field_validator("holidays", mode="before")
    @classmethod
    def _as_list(cls, holidays: object) -> object:
        return [holidays] if isinstance(holidays, str) else holidays
