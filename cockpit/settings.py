"""`cockpit.toml` -> Settings. Every error at once, each with its line and the nearest valid name.

Values of variables and secrets never stand in the file: it names where they come from.
"""

import difflib
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from cockpit.deploy.window_rules import parse_when
from cockpit.toml_lines import find_line
from cockpit.units import parse_duration, parse_level, parse_quantity
from cockpit.zones import find_zone

__all__ = ["FILE", "Settings", "SettingsError", "find_line", "load", "schema"]

FILE = "cockpit.toml"


class SettingsError(Exception):
    """The settings cannot be used. `problems`: (line, text), line 0 where it is not known."""

    def __init__(self, path: Path, problems: list[tuple[int, str]]) -> None:
        self.path = path
        self.problems = problems
        super().__init__("\n".join(f"{path}:{line}: {text}" if line else f"{path}: {text}" for line, text in problems))


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


Duration = Annotated[float, BeforeValidator(parse_duration, json_schema_input_type=float | str)]
"""Seconds; written as `"90s"`, `"15m"`, `"1h"`, or a number of seconds."""
Quantity = Annotated[float, BeforeValidator(parse_quantity, json_schema_input_type=float | str)]
"""A metric's level in its unit; written as `"5 %"`, `"500 ms"`, `"10 s"`, or a bare number."""
Level = Annotated[
    float | tuple[float, float], BeforeValidator(parse_level, json_schema_input_type=float | str | tuple[float, float])
]
"""A quantity, or (times, plus) against the measured baseline: `"2x baseline"`, `"baseline + 1 %"`."""


class VariableSettings(_Table):
    """Where one variable's value comes from, and whether it is a secret."""

    source: str = Field(
        "", alias="from", description='"env:NAME", "file:PATH", "command:..."; empty: env:<its own name>'
    )
    secret: bool | None = Field(None, description="not said: guessed from the name and the value")


class MetricSettings(_Table):
    """Overrides of one metric. Without them the presets of its source's type hold."""

    source: str | None = Field(None, description="name of a [sources.NAME] table")
    label: str | None = None
    unit: Literal["%", "s", "", "up"] | None = None
    interval: Duration | None = None
    watch: Level | None = Field(None, description='shown; also "2x baseline" or "baseline + 1 %"')
    alert: Level | None = Field(None, description="the watch begins anew")
    breach: Level | None = Field(None, description="past this level production is rolled back")
    direction: Literal["above", "below"] = Field("above", description="on which side of the level it is bad")
    for_: Duration | None = Field(None, alias="for", description="how long a breach lasts before it is a trigger")
    failures: int | None = Field(None, ge=1, description="breaches in a row before they are a trigger")
    min_samples: int | None = Field(None, ge=0, description="observations below which a value is not judged")
    warm_up: Duration | None = Field(None, description="after the triggers are armed: so long it does not fire")
    no_data: Literal["hold", "rollback", "ignore"] | None = Field(None, description="what silence means")
    error_limit: int | None = Field(None, ge=1, description="errors in a row that count as silence")
    baseline: Quantity | None = Field(None, description="expected baseline, where none was measured")
    top: Quantity | None = Field(None, description="top of the sparkline's scale")
    stale: Duration | None = Field(None, description="a sample older than this is no data")
    observe_only: bool = False
    options: dict[str, Any] = Field(default_factory=dict, description="handed to the source as they are")


class SourceSettings(BaseModel):
    """A place to measure; keys other than `type` and `interval` are the source's own."""

    model_config = ConfigDict(extra="allow", frozen=True)
    type: str
    interval: Duration = 1.0

    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class TaskSettings(_Table):
    """What an annotation would say, for runbooks that nobody may edit; keyed by an id of `cockpit outline`."""

    phase: Literal["preflight", "deploy", "verify", "watch", "close"] | None = None
    required: bool | None = None
    critical: bool | None = None
    ignore: bool = False
    interactive: bool | None = None
    confirm: bool | None = None
    timeout: Duration | None = None
    check: str | None = Field(None, description="a built-in check, or a command")
    cwd: str | None = None
    interrupt: Literal["stop", "wait"] | None = Field(
        None, description="what a rollback does with it while it runs; wait: migrations"
    )
    promote: bool = Field(False, description="run an unlabelled fence that holds commands")


class RollbackSettings(_Table):
    """What a trigger does."""

    automatic: bool = Field(True, description="triggers roll back by themselves")
    countdown: Duration = Field(15.0, description="between the trigger and the rollback")
    option: int | str | None = Field(None, description="number or id of the way back; default: the first that can run")
    arm: str | None = Field(None, description="id of the first step that changes production; default: inferred")


class GateSettings(_Table):
    """Measurements that must go well; bound to an item by `check=gate:NAME`."""

    metrics: list[str] = Field(min_length=1)
    count: int = Field(3, ge=1)
    interval: Duration = 10.0
    failure_limit: int = Field(0, ge=0)
    inconclusive_limit: int = Field(0, ge=0)
    consecutive_error_limit: int = Field(4, ge=0)
    consecutive_success_limit: int = Field(0, ge=0)


class ReportSettings(_Table):
    directory: str = "reports/deploys"


class WindowRuleSettings(_Table):
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
        raise ValueError(f"{value!r} is no day: write 2026-12-24 or 2026-12-24T18:00:00") from None
    if isinstance(read, datetime) and read.tzinfo is not None:
        raise ValueError("is a time of the window's zone: write it without an offset")
    return read.isoformat()


Moment = Annotated[str, BeforeValidator(_moment)]


class FreezeSettings(_Table):
    """No deploys from one day to another, the last one with it; or to the minute, with times."""

    from_: Moment = Field(alias="from", description="2026-12-20, or 2026-12-20T18:00:00")
    to: Moment
    reason: str = ""

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        # A day as an end is the whole day.
        if (self.to if "T" in self.to else f"{self.to}T24") <= self.from_:
            raise ValueError(f"the freeze ends ({self.to}) before it begins ({self.from_})")
        return self


class WindowSettings(_Table):
    """When deploys may begin. Without this table the default schedule is shown and refuses nothing."""

    zone: str = Field("UTC", description='whose clock the rules mean: "America/New_York"')
    best: WindowRules = Field(default_factory=list, description="the times to choose; rules are in windows.md")
    allow: WindowRules = Field(default_factory=list, description="any such rule closes every time that no rule opens")
    avoid: WindowRules = Field(default_factory=list, description="possible, with a warning")
    deny: WindowRules = Field(default_factory=list, description="closed, whatever else holds")
    freezes: list[FreezeSettings] = Field(default_factory=list, description="`{ from = DAY, to = DAY, reason = TEXT }`")
    holidays: list[str] = Field(
        default_factory=list, description='"US", or ["US", "US-CA"]: country, or country and part of it'
    )
    black_friday: bool = False
    cyber_monday: bool = False
    month_end: int = Field(0, ge=0, le=27, description="the last so many days of every month")
    special_days: Literal["avoid", "deny"] = Field(
        "avoid", description="what holidays, Black Friday, Cyber Monday and month ends are"
    )
    warn: Duration = Field(900.0, description="how long before its end a window is said to close")

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        find_zone(zone)
        return zone

    @field_validator("holidays", mode="before")
    @classmethod
    def _as_list(cls, holidays: object) -> object:
        return [holidays] if isinstance(holidays, str) else holidays


class Settings(_Table):
    """The whole file."""

    runbook: str | None = None
    project: str | None = Field(None, description="name on the screen; default: the folder's")
    environment: str = "production"
    current: str | None = Field(None, description='commit that runs now: "command:...", or a git ref')
    watch: Duration = 3600.0
    baseline: Duration = Field(60.0, description="how long before the deploy the baseline is measured")
    rollback: RollbackSettings = Field(default_factory=RollbackSettings)
    gates: dict[str, GateSettings] = Field(default_factory=dict)
    checks: Literal["ask", "auto"] = Field("ask", description="auto: command checks start when their phase is entered")
    env_file: str | None = None
    variables: dict[str, VariableSettings] = Field(default_factory=dict)
    sources: dict[str, SourceSettings] = Field(default_factory=dict)
    metrics: dict[str, MetricSettings] = Field(default_factory=dict)
    tasks: dict[str, TaskSettings] = Field(default_factory=dict)
    report: ReportSettings = Field(default_factory=ReportSettings)
    window: WindowSettings | None = Field(None, description="when deploys may begin")
    keys: dict[str, str] = Field(default_factory=dict, description="action id = key")
    bell: bool = True
    theme: Literal["dark", "light", "mono"] = "dark"
    environments: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="overrides, chosen with --env NAME"
    )


def load(path: Path, environment: str | None = None) -> Settings:
    """Settings of the file, with the overrides of `[environments.NAME]` laid over. Raises SettingsError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(path, [(0, f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise SettingsError(path, [(0, f"is not UTF-8 (byte {error.start})")]) from error
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(path, [(getattr(error, "lineno", 0) or _line_in(str(error)), str(error))]) from error
    chosen = environment
    environments = raw.get("environments")
    overrides: dict[str, Any] = environments if isinstance(environments, dict) else {}
    if chosen is not None:
        if overrides and chosen not in overrides:
            known = ", ".join(overrides)
            raise SettingsError(path, [(0, f"--env {chosen}: no [environments.{chosen}]; there are: {known}")])
        over = overrides.get(chosen, {})
        if not isinstance(over, dict):
            line = find_line(text, ("environments", chosen))
            raise SettingsError(path, [(line, f"environments.{chosen}: is a table of overrides")])
        raw = {**_merge(raw, over), "environment": chosen}
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        raise SettingsError(path, [_problem(text, detail, chosen) for detail in error.errors()]) from None
    problems = _cross_check(settings, text, chosen)
    if problems:
        raise SettingsError(path, problems)
    return settings


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _line_of(text: str, location: tuple[str, ...], environment: str | None) -> int:
    """Where the value stands that counts: in the environment's overrides, else in the file's main part."""
    if environment is not None:
        table = ("environments", environment)
        line = find_line(text, (*table, *location))
        if line and line != find_line(text, table):
            return line
    return find_line(text, location)


def _problem(text: str, detail: Any, environment: str | None) -> tuple[int, str]:
    location = tuple(str(part) for part in detail["loc"])
    where = ".".join(location)
    line = _line_of(text, location, environment)
    if detail["type"] == "extra_forbidden":
        known = _known_names(location[:-1])
        near = difflib.get_close_matches(location[-1], known, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]!r}?" if near else f"; known here: {', '.join(sorted(known))}"
        return line, f"{where}: unknown key{hint}"
    message = str(detail["msg"]).removeprefix("Value error, ")
    return line, f"{where}: {message[:1].lower()}{message[1:]}"


_TABLES: dict[str, type[BaseModel]] = {
    "variables": VariableSettings,
    "metrics": MetricSettings,
    "sources": SourceSettings,
    "tasks": TaskSettings,
    "gates": GateSettings,
}


def _known_names(table: tuple[str, ...]) -> list[str]:
    if not table:
        model: type[BaseModel] = Settings
    elif table[0] == "window":
        model = _window_table(table)
    elif table[0] in ("report", "rollback"):
        model = ReportSettings if table[0] == "report" else RollbackSettings
    else:
        model = _TABLES.get(table[0], Settings)
    return [field.alias or name for name, field in model.model_fields.items()]


def _window_table(table: tuple[str, ...]) -> type[BaseModel]:
    if len(table) == 1:
        return WindowSettings
    return FreezeSettings if table[1] == "freezes" else WindowRuleSettings


def _line_in(message: str) -> int:
    """tomllib says `(at line 3, column 5)`; 3.14 has an attribute, earlier versions only the words."""
    _, _, rest = message.partition("at line ")
    digits = rest.split(",")[0]
    return int(digits) if digits.isdigit() else 0


def _cross_check(settings: Settings, text: str, environment: str | None) -> list[tuple[int, str]]:
    """What the types cannot say: sources that exist."""
    problems: list[tuple[int, str]] = []
    for name, metric in settings.metrics.items():
        if metric.source is not None and metric.source not in settings.sources:
            line = _line_of(text, ("metrics", name, "source"), environment)
            problems.append((line, f"metrics.{name}: no [sources.{metric.source}]"))
    return problems


def schema() -> dict[str, Any]:
    """JSON Schema of the file, for editors."""
    return Settings.model_json_schema(by_alias=True)
