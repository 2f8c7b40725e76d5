"""`cockpit.toml` -> Settings. Every error at once, each with its line and the nearest valid name.

Values of variables and secrets never stand in the file: it names where they come from.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from cockpit.errors import USAGE, CockpitError
from cockpit.paths import SETTINGS
from cockpit.settings.keymap import IDS, unknown_ids
from cockpit.settings.tables import Settings
from cockpit.settings.toml_lines import find_line
from cockpit.text.suggest import meant

__all__ = ["FILE", "Settings", "SettingsError", "find_line", "load", "schema"]

FILE = SETTINGS


class SettingsError(CockpitError):
    """The settings cannot be used. `problems`: (line, text), line 0 where it is not known."""

    status = USAGE

    def __init__(self, path: Path, problems: list[tuple[int, str]]) -> None:
        self.path = path
        self.problems = problems
        super().__init__("\n".join(f"{path}:{line}: {text}" if line else f"{path}: {text}" for line, text in problems))


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
            raise SettingsError(path, [(0, f"--env {chosen}: no [environments.{chosen}]; known: {known}")])
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
        hint = meant(location[-1], known, f"known: {', '.join(sorted(known))}")
        return line, f"{where}: unknown key; {hint}"
    message = str(detail["msg"]).removeprefix("Value error, ")
    return line, f"{where}: {message[:1].lower()}{message[1:]}"


def _known_names(table: tuple[str, ...]) -> list[str]:
    """The keys of the table at this place of the file."""
    model: type[BaseModel] = Settings
    for part in table:
        # A part that no table has is a name that the team gave (`metrics.NAME`), or a place in a list.
        if part in model.model_fields:
            model = next(_models(model.model_fields[part].annotation), model)
    return [field.alias or name for name, field in model.model_fields.items()]


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """The tables inside an annotation such as `dict[str, GateSettings]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _line_in(message: str) -> int:
    """tomllib says `(at line 3, column 5)`; 3.14 has an attribute, earlier versions only the words."""
    _, _, rest = message.partition("at line ")
    digits = rest.split(",")[0]
    return int(digits) if digits.isdigit() else 0


def _cross_check(settings: Settings, text: str, environment: str | None) -> list[tuple[int, str]]:
    """What the types cannot say: sources and keys that exist."""
    problems: list[tuple[int, str]] = []
    for name, metric in settings.metrics.items():
        if metric.source is not None and metric.source not in settings.sources:
            line = _line_of(text, ("metrics", name, "source"), environment)
            problems.append((line, f"metrics.{name}: no [sources.{metric.source}]"))
    if settings.team is not None and not settings.project:
        words = "team: needs `project = ...` at the top of the file; with the environment it names what is locked, and "
        problems.append((_line_of(text, ("team",), environment), f"{words}directory names differ between machines"))
    for name in unknown_ids(settings.keys):
        words = f"keys.{name}: no action has this ID; {meant(name, IDS)}"
        problems.append((_line_of(text, ("keys", name), environment), words))
    return problems


def schema() -> dict[str, Any]:
    """JSON Schema of the file, for editors."""
    return Settings.model_json_schema(by_alias=True)
