"""`cockpit.toml` -> Settings. Every error at once, each with its line and the nearest valid name.

Values of variables and secrets never stand in the file: it names where they come from.
"""

import difflib
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from cockpit.units import parse_duration, parse_level, parse_quantity

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
    elif table[0] in ("report", "rollback"):
        model = ReportSettings if table[0] == "report" else RollbackSettings
    else:
        model = _TABLES.get(table[0], Settings)
    return [field.alias or name for name, field in model.model_fields.items()]


def find_line(text: str, location: tuple[str, ...]) -> int:
    """The file line of a key: the last part below its table's heading, else the heading; 0 where it cannot be found."""
    lines = text.splitlines()
    heading, depth = 0, 0
    here: tuple[str, ...] = ()
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if match := _HEADING.match(stripped):
            here = _key_parts(match[1])
            if here == location:
                return number
            if here == location[: len(here)] and len(here) >= depth:
                heading, depth = number, len(here)
        elif match := _KEY.match(stripped):
            key = (*here, *_key_parts(match[1]))
            if key == location[: len(key)] and len(key) > len(here):
                return number
    return heading


_HEADING = re.compile(r"\[\[?([^\]]+)\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"((?:\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+|\s*\.\s*)+)\s*=")
_KEY_PART = re.compile(r"\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+)")


def _key_parts(key: str) -> tuple[str, ...]:
    """The parts of a dotted key; a dot in quotes is part of a name."""
    return tuple(next(part for part in match.groups() if part is not None) for match in _KEY_PART.finditer(key))


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
