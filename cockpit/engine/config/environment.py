"""Variables and secrets of a deploy: from the environment, a file or a password manager; in memory only."""

import contextlib
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from pydantic import ValidationError

from cockpit import __version__
from cockpit.deploy.plan import Plan
from cockpit.engine.config.env_files import EnvFile, read_env_file
from cockpit.engine.config.notice_options import NoticeOptions, resolve_notices
from cockpit.engine.config.values import value_from
from cockpit.runner.secrets import patterns
from cockpit.settings.load import FILE, Settings, SettingsError
from cockpit.text.credentials import is_secret, is_secret_in_a_file, names_secret, why_not_masked


class Environment(Struct, frozen=True):
    """What scripts get. `values` is complete; `secrets` are the values that nobody may see. `problems`: what could not
    be had."""

    values: Mapping[str, str]
    secrets: tuple[str, ...] = ()
    secret_names: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    notices: Mapping[str, NoticeOptions] = {}
    """Per `[notices.NAME]` its options, with their secrets: never handed to scripts."""
    warnings: tuple[str, ...] = ()
    """What is no reason to stop: secrets that cannot be masked, a file that others can read."""

    @property
    def patterns(self) -> tuple[bytes, ...]:
        return _patterns(self.secrets)

    def knowing(self, secrets: Iterable[str]) -> "Environment":
        """The same, where these must not be seen either: what scripts have handed on."""
        more = {secret for secret in secrets if not why_not_masked(secret)}
        return replace(self, secrets=tuple(sorted({*self.secrets, *more}))) if more - set(self.secrets) else self

    def resolve(self, text: str) -> str:
        """The value of `env:NAME`, or the text itself. Raises KeyError with the name where it is not set."""
        if text.startswith("env:"):
            return self.values[text.removeprefix("env:")]
        return text


@lru_cache(maxsize=16)
def _patterns(secrets: tuple[str, ...]) -> tuple[bytes, ...]:
    return patterns(secrets)


def resolved(environment: Environment, where: str, value: Any) -> Any:
    """The value of a settings' table with `env:NAME` replaced wherever it stands. Raises LookupError with the key and
    the name that is not set, never a value."""
    if isinstance(value, Mapping):
        return {key: resolved(environment, f"{where}.{key}", one) for key, one in value.items()}
    if isinstance(value, list):
        return [resolved(environment, f"{where}[{place}]", one) for place, one in enumerate(value)]
    if not isinstance(value, str):
        return value
    try:
        return environment.resolve(value)
    except KeyError as error:
        raise LookupError(f"{where}: ${error.args[0]} is not set") from None


def resolve(settings: Settings, root: Path, inherited: Mapping[str, str]) -> Environment:
    """All variables. What could not be had is a problem in words, never a crash; its name stays unset."""
    values = dict(inherited)
    problems: list[str] = []
    warnings: list[str] = []
    secrets: set[str] = set()
    names = {name for name, value in inherited.items() if is_secret(name, value)}
    if settings.env_file:
        given = _from_file(root / settings.env_file, problems, warnings)
        values |= given.values
        secrets |= set(given.hidden)
        names |= {name for name, value in given.values.items() if is_secret_in_a_file(name, value)}
    for name, variable in settings.variables.items():
        try:
            values[name] = value_from(variable.source or f"env:{name}", root, values)
        except LookupError as error:
            problems.append(f"variable {name}: {error.args[0]}")
            continue
        hidden = variable.secret
        if hidden is None:
            hidden = name in names or names_secret(name) or is_secret(name, values[name])
        if hidden:
            names.add(name)
        else:
            names.discard(name)
    names |= {name for flag in settings.flags.values() for name in flag.secret_variables() if name in values}
    notices = resolve_notices(settings, root, values)
    problems += [f"notice {name}: {one.problem}" for name, one in notices.items() if one.problem]
    warnings += _not_masked(settings, names, values, notices)
    secrets |= {values[name] for name in names if values.get(name)}
    secrets |= {secret for one in notices.values() for secret in one.secrets}
    kept = tuple(sorted(secret for secret in secrets if not why_not_masked(secret)))
    return Environment(values, kept, tuple(sorted(names)), tuple(problems), notices, tuple(warnings))


def _from_file(path: Path, problems: list[str], warnings: list[str]) -> EnvFile:
    try:
        given = read_env_file(path)
        mode = path.stat().st_mode
    except OSError as error:
        problems.append(f"env_file {path}: {error.strerror}")
        return EnvFile()
    problems += [f"env_file {path}:{line}: not read: {why}" for line, why in given.unread]
    if given.expanding:
        warnings.append(
            f"env_file {path}: {_few(given.expanding)}: `$` is not expanded, steps get the literal text; use the "
            "value itself"
        )
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        warnings.append(f"env_file {path} is readable by others; chmod 600 {path}")
    return given


def _not_masked(
    settings: Settings, names: set[str], values: Mapping[str, str], notices: Mapping[str, NoticeOptions]
) -> Iterator[str]:
    """Secrets that would hide the log, and not themselves, each with the reason."""
    for name in sorted(names):
        named = names_secret(name) or (name in settings.variables and settings.variables[name].secret)
        why = why_not_masked(values.get(name, ""))
        if named and why and values.get(name):
            yield f"variable {name}: cannot be masked in logs: {why}. If it is a secret, use another value"
    for name, one in notices.items():
        for why in sorted({why_not_masked(secret) for secret in one.secrets} - {""}):
            yield f"notice {name}: one of its secrets cannot be masked in logs: {why}"


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def for_scripts(environment: Environment, extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of a step: no pager, no questions, as in CI, and the cockpit's own names."""
    quiet = {
        "PAGER": "cat",
        "GIT_PAGER": "cat",
        "MANPAGER": "cat",
        "SYSTEMD_PAGER": "cat",
        "AWS_PAGER": "",
        "LESS": "FRX",
        "GIT_TERMINAL_PROMPT": "0",
        "DEBIAN_FRONTEND": "noninteractive",
    }
    return {**environment.values, **quiet, **extra}


def inherited() -> dict[str, str]:
    """This process's environment; the folder of this very cockpit stands last on the path, for scripts that call it."""
    own = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", os.defpath)
    return {**os.environ, "PATH": path if own in path.split(os.pathsep) else f"{path}{os.pathsep}{own}"}


def dsn_of(settings: Settings, environment: Environment) -> str:
    """Of the database, else of the first source of that type; empty where none is set."""
    named = [settings.database.dsn] if settings.database is not None else []
    named += [str(source.options().get("dsn", "")) for source in settings.sources.values() if source.type == "postgres"]
    for text in named:
        with contextlib.suppress(KeyError):
            if text:
                return environment.resolve(text)
    return ""


def settings_from(plan: Plan, build: str = "") -> Settings:
    """The settings that the deploy was opened with, by the cockpit `build`. Raises SettingsError where this one does
    not understand them."""
    try:
        return Settings.model_validate(plan.settings) if plan.settings else Settings()
    except ValidationError as error:
        keys = dict.fromkeys(".".join(map(str, one["loc"])) for one in error.errors())
        by = f"cockpit {build}" if build and build != __version__ else "another cockpit"
        words = (
            f"the deploy was opened by {by}, but this is cockpit {__version__}, which does not understand its "
            f"settings ({', '.join(list(keys)[:4])}); run {build or 'the newer one'} on this machine too"
        )
        raise SettingsError(Path(plan.root) / FILE, [(0, words)]) from None
