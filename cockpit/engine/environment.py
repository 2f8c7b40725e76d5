"""Variables and secrets of a deploy: from the environment, a file or a password manager; in memory only."""

import contextlib
import os
import re
import stat
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct
from pydantic import ValidationError

from cockpit import __version__
from cockpit.deploy.plan import Plan
from cockpit.engine.notice_options import NoticeOptions, resolve_notices
from cockpit.engine.values import value_from
from cockpit.runner.secrets import SHORTEST, patterns, too_short
from cockpit.settings import FILE, Settings, SettingsError

_SECRET_NAME = re.compile(r"PASS(WORD|WD|PHRASE)?|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL|DSN|_KEY$|AUTH", re.I)
_NAMED_IN_A_FILE = re.compile(
    r"(^|_)(PIN|OTP|TOTP|SALT|SEED|COOKIE|SESSION|SIGNING|WEBHOOK|LICEN[CS]E|CERT)(_|$)", re.I
)
"""Names that are secret-like too where a file holds the value: nothing plain is let through under them."""
_PLAIN = re.compile(
    r"""
    [0-9]+ (\.[0-9]+)*                            # a number, a version, an IPv4 address
    | [0-9]{1,6} (ms|s|m|min|h|d|k|M|G|Ki|Mi|Gi|kB|MB|GB|%)
    | [a-z]{2,9} (-[a-z]{2,9}){0,2} -[0-9]{1,2}   # a region, an instance: eu-west-1, web-2
    | (/[a-z][a-z._-]{0,15}[0-9]{0,2}){1,8} /?    # a path of words
    | https?:// [a-z][a-z.-]* (:[0-9]{1,5})? /?   # a host: nothing before it, nothing behind it
    """,
    re.VERBOSE | re.ASCII,
)
_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_GUESSED = 8
"""Least length of a value that is taken for a secret by its name alone; one that the settings name may be shorter."""


class Environment(Struct, frozen=True):
    """What scripts get. `values` is complete; `secrets` are the values that nobody may see."""

    values: Mapping[str, str]
    secrets: tuple[str, ...] = ()
    secret_names: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    notices: Mapping[str, NoticeOptions] = {}
    """Per `[notices.NAME]` its options, with their secrets: never handed to scripts."""

    @property
    def patterns(self) -> tuple[bytes, ...]:
        return _patterns(self.secrets)

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
    secret_names = {name for name in inherited if _looks_secret(name, inherited[name])}
    if settings.env_file:
        path = root / settings.env_file
        try:
            given = read_env_file(path)
        except OSError as error:
            problems.append(f"env_file {path}: {error.strerror}")
            given = {}
        else:
            if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                problems.append(f"env_file {path} can be read by others: chmod 600 {path}")
        values |= given
        secret_names |= {name for name, value in given.items() if _is_named_so(name) or not _plain(value)}
    for name, variable in settings.variables.items():
        try:
            values[name] = value_from(variable.source or f"env:{name}", root, values)
        except LookupError as error:
            problems.append(f"variable {name}: {error.args[0]}")
            continue
        hidden = variable.secret
        if hidden is None:
            hidden = name in secret_names or _looks_secret(name, values[name])
        if hidden:
            secret_names.add(name)
        else:
            secret_names.discard(name)
    secret_names |= {name for flag in settings.flags.values() for name in flag.secret_variables() if name in values}
    notices = resolve_notices(settings, root, values)
    problems += [f"notice {name}: {one.problem}" for name, one in notices.items() if one.problem]
    problems += [
        f"notice {name}: a secret of it is too short to be masked (under {SHORTEST} characters)"
        for name, one in notices.items()
        if too_short(one.secrets)
    ]
    secrets = {values[name] for name in secret_names if values.get(name)}
    secrets |= {secret for one in notices.values() for secret in one.secrets}
    short = sorted(name for name in secret_names if 0 < len(values.get(name, "")) < SHORTEST)
    problems += [f"variable {name}: too short to be masked (under {SHORTEST} characters)" for name in short]
    kept = tuple(sorted(secret for secret in secrets if len(secret) >= SHORTEST))
    return Environment(values, kept, tuple(sorted(secret_names)), tuple(problems), notices)


def _looks_secret(name: str, value: str) -> bool:
    """By its name, or because it is an address with a password in it. A plain word is not taken for a secret: masking
    `main` wherever it stands would only hide the log."""
    plain = value.isalpha() or len(value) < _GUESSED
    if name.startswith(("SSH_AUTH_SOCK", "XAUTHORITY")) or plain or value.startswith("/"):
        return False
    return bool(_SECRET_NAME.search(name)) or bool(re.match(r"[a-z][a-z0-9+.-]*://[^/\s:]*:[^@\s/]+@", value))


def _is_named_so(name: str) -> bool:
    """By its name in an `env_file`, whatever the value is."""
    return bool(_SECRET_NAME.search(name) or _NAMED_IN_A_FILE.search(name))


def _plain(value: str) -> bool:
    """`production`, `8080`, `1.5`, `30s`, `eu-west-1`, `/var/www`, `https://example.com`: masking it would hide the
    log, and commands that hold it would be refused. In doubt it is none: a key may be made of anything."""
    return value.isalpha() or len(value) < SHORTEST or _PLAIN.fullmatch(value) is not None


def read_env_file(path: Path) -> dict[str, str]:
    """`NAME=value` lines; `NAME<<END` up to `END` for several lines (as in GitHub's environment file)."""
    lines = iter(path.read_text(encoding="utf-8", errors="surrogateescape").split("\n"))
    values: dict[str, str] = {}
    for line in lines:
        heredoc = re.fullmatch(r"([A-Za-z_][A-Za-z0-9_]*)<<(\S+)", line)
        if heredoc:
            body: list[str] = []
            for inner in lines:
                if inner == heredoc[2]:
                    break
                body.append(inner)
            values[heredoc[1]] = "\n".join(body)
            continue
        match = _LINE.fullmatch(line)
        if match and not line.lstrip().startswith("#"):
            text = match[2].strip()
            quoted = len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'"
            values[match[1]] = text[1:-1] if quoted else text
    return values


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
            f"the deploy was opened by {by}, and this is cockpit {__version__}, which does not understand its settings "
            f"({', '.join(list(keys)[:4])}): run {build or 'the newer one'} on this machine too"
        )
        raise SettingsError(Path(plan.root) / FILE, [(0, words)]) from None
