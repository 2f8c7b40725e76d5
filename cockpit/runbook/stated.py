"""What a runbook's prose states that could be a setting: a health address, levels, windows, how long to watch. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from ipaddress import ip_address

from msgspec import Struct

from cockpit.runbook.levels import LIST_ITEM, OF_MACHINES, ORDER, Level, Role, levels_in, out_of_order
from cockpit.runbook.model import Runbook
from cockpit.runbook.reading.vocabulary import Kind, pattern
from cockpit.runbook.stated_windows import StatedWindow, read_window

Prose = Sequence[tuple[int, str]]
_HEALTH = re.compile(
    r"https?://(?P<host>[\w.-]+)(?P<port>:\d+)?(?:/[\w.-]+)*?/(?:_?health(?:z|check|-check|_check)?|live(?:z|ness)?|ready(?:z|ness)?"
    r"|ping|up|status|heartbeat|_status)(?:/(?:live|ready|liveness|readiness))?(?=[\s\"'`)\]>,;|]|$)",
    re.I,
)
_NOT_OURS = re.compile(
    r"^localhost$|(?:^|\.)example\.(?:com|org|net)$"
    r"|(?:^|[.-])(?:staging|stage|stg|dev|develop|development|test|testing|qa|uat|preview|sandbox|demo|local)(?:[.-]|$)",
    re.I,
)
"""Of this machine, of a sample, or of another environment than production."""
_METRICS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("errors", re.compile(r"\berrors?[ -](?:rate|ratio)|\b5xx\b|\bfailure rate", re.I)),
    ("p99", re.compile(r"\bp99\b|\b99th\b", re.I)),
    ("p95", re.compile(r"\bp95\b|\b95th\b|\bresponse[ -]times?|\blatency", re.I)),
    *OF_MACHINES,
)
_LONGEST = 2_000
_UNITS = {"errors": "%", "connections": "%", "cpu": "%", "memory": "%", "p95": "ms", "p99": "ms"}
_AUTOMATIC = re.compile(r"\bautomatic(?:ally)?\b[^.\n]{0,40}\broll(?:ed|s|ing)?[ -]?back|\brollback triggers?\b", re.I)
_BY_HAND = re.compile(r"\bmanual(?:ly)?\b[^.\n]{0,40}\broll(?:ed|s|ing)?[ -]?back", re.I)
_LONGEST_REASON = 120
_HEALTH_FAILS = re.compile(r"\bhealth\b[^.\n]{0,40}\b(?:fail|down|unhealthy|unavailable|not (?:ok|200))", re.I)
_WATCH = re.compile(
    r"\b(?:monitor|watch|observe)\b[^.\n]{0,60}?\bfor\s+(?:at least |the (?:first|next) )?(?P<n>\d{1,3}|an|one)[ -]?"
    r"(?P<unit>hours?|hrs?|h|minutes?|mins?|min)\b",
    re.I,
)
_REPORT = re.compile(r"`(?P<folder>[\w./-]+)/<?(?:YYYY|[Dd]ate|\{date)[^`]*\.md`")
_STAGE = re.compile(r"\bday\s+(?P<day>\d{1,3})\b\W{1,4}(?P<percent>\d{1,3}(?:\.\d+)?)\s?%", re.I)


class Stated(Struct, frozen=True):
    """Each with the line that says it."""

    health: tuple[tuple[int, str], ...] = ()
    """Health addresses of other machines, each once."""
    health_rolls_back: bool = False
    """The text says that a failing health address rolls back automatically."""
    levels: dict[str, dict[Role, Level]] = {}
    """Metric (`errors`, `p95`, `p99`, `connections`, `cpu`, `memory`) -> its levels: percent, or milliseconds."""
    contradictions: dict[str, tuple[Level, Level]] = {}
    """Metric -> (a level that is left out of `levels`, the one that it contradicts)."""
    watch: tuple[int, float] | None = None
    """Seconds that the metrics are to be watched after the deploy."""
    report: tuple[int, str] | None = None
    """Folder of the deploy logs, from the repository's root."""
    reasons: tuple[tuple[int, str], ...] = ()
    """Why a person would roll back ("Manual rollback if: ...")."""
    window: StatedWindow = StatedWindow()
    stages: tuple[tuple[int, int, float], ...] = ()
    """(line, day, percent) of a rollout in stages."""


def values_of(levels: Mapping[Role, Level]) -> dict[str, str]:
    """As keys of `[metrics.NAME]`: `{"watch": "1 %", "alert": "2x baseline", "breach": "10 s"}`."""
    return {role: value_of(levels[role]) for role in ORDER if role in levels}


def value_of(level: Level) -> str:
    if level.unit == "times":
        return f"{level.value:g}x baseline"
    return f"{level.value:g} %" if level.unit == "%" else f"{level.value / 1000:g} s"


def read_stated(text: str, runbook: Runbook) -> Stated:
    lines = text.splitlines()
    inside = {line for one in runbook.scripts for line in range(one.line, one.end_line + 1)}
    prose = [(number, line) for number, line in enumerate(lines, 1) if number not in inside]
    triggers = set(_trigger_lines(prose))
    levels, contradictions = _levels(prose, triggers)
    return Stated(
        health=tuple(_health(lines, runbook)),
        health_rolls_back=any(_HEALTH_FAILS.search(line) for number, line in prose if number in triggers),
        levels=levels,
        contradictions=contradictions,
        watch=_watch(prose) or _watch_in_words(prose, tuple(dict.fromkeys((*runbook.languages, "en")))),
        report=next(
            ((n, found["folder"]) for n, line in prose if "deploy" in line and (found := _REPORT.search(line))), None
        ),
        reasons=tuple(_reasons(prose)),
        window=read_window(prose),
        stages=tuple(_stages(prose)),
    )


def _health(lines: Sequence[str], runbook: Runbook) -> Iterator[tuple[int, str]]:
    """Of the scripts that run forward, and of the prose; not of a way back, which may name another place."""
    aside = {
        line
        for one in runbook.scripts
        if one.role not in ("step", "optional", "alternative")
        for line in range(one.line, one.end_line + 1)
    }
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        for match in _HEALTH.finditer(line) if number not in aside and "://" in line else ():
            if match[0] not in seen and _is_production(match["host"]):
                seen.add(match[0])
                yield number, match[0]


def _is_production(host: str) -> bool:
    """A name of another machine, or an address that all can reach: what a stranger's text names inside this network is
    not asked."""
    if "." not in host or _NOT_OURS.search(host):
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return True


def _trigger_lines(prose: Prose) -> Iterator[int]:
    """Of a list below "Automatic rollback if:" or a heading that says so, until one speaks of rolling back by hand."""
    inside = False
    for number, line in prose:
        if line.lstrip().startswith("#") or (line.strip() and LIST_ITEM.match(line) is None and not line[:1].isspace()):
            said = bool(_AUTOMATIC.search(line)) and not _BY_HAND.search(line)
            inside = said or (inside and line.rstrip().endswith(":") and not _BY_HAND.search(line))
        elif inside and line.strip():
            yield number


def _reasons(prose: Prose) -> Iterator[tuple[int, str]]:
    """The list below "Manual rollback if:"."""
    inside = False
    for number, line in prose:
        item = LIST_ITEM.match(line)
        if item is not None and inside and not item["indent"]:
            words = re.sub(r"[*_`]", "", item["text"]).strip().rstrip(".")
            if 3 <= len(words) <= _LONGEST_REASON and not words.startswith("["):
                yield number, words
        elif line.strip() and item is None:
            inside = bool(_BY_HAND.search(line)) and line.rstrip().rstrip("*_").endswith(":")


def _levels(prose: Prose, triggers: set[int]) -> tuple[dict[str, dict[Role, Level]], dict[str, tuple[Level, Level]]]:
    found: dict[str, dict[Role, Level]] = {}
    names: list[str] = []
    for number, line in prose:
        item = LIST_ITEM.match(line)
        here = _names(line)
        if here or item is None or not item["indent"]:
            names = here
        told = levels_in(line, number, "breach" if number in triggers else None) if names else []
        for level in told:
            for name in names:
                if level.unit in (_UNITS[name], "times") and not level.falls:
                    found.setdefault(name, {}).setdefault(level.role, level)
    contradictions = {}
    for name, by_role in found.items():
        for level, other in out_of_order([by_role[role] for role in ORDER if role in by_role]):
            contradictions[name] = (level, other)
            by_role.pop(level.role, None)
    return found, contradictions


def _names(line: str) -> list[str]:
    """The metrics of a line: `CPU/Memory` are two, and what names p99 is no p95."""
    found = [name for name, pattern in _METRICS if pattern.search(line)]
    return [name for name in found if not (name == "p95" and "p99" in found)]


def _watch(prose: Prose) -> tuple[int, float] | None:
    for number, line in prose:
        found = _WATCH.search(line)
        if found is not None:
            amount = float(found["n"]) if found["n"].isdigit() else 1.0
            return number, amount * (3600 if found["unit"].lower().startswith("h") else 60)
    return None


def _watch_in_words(prose: Prose, spoken: tuple[str, ...]) -> tuple[int, float] | None:
    """The same in the runbook's language: "30 Minuten beobachten", "surveiller pendant une demi-heure". A sentence with
    a share or a condition tells when something is wrong, not how long to look."""
    observe, half = pattern("observe", spoken), pattern("half_hour", spoken)
    minutes, hours = _amount("minutes", spoken), _amount("hours", spoken)
    conditions = pattern("condition", spoken), pattern("clause_condition", spoken)
    for number, line in prose:
        for sentence in re.split(r"[.;:!?。；：]\s*", line[:_LONGEST]):
            if observe.search(sentence) is None or "%" in sentence or any(one.search(sentence) for one in conditions):
                continue
            if half.search(sentence):
                return number, 1800.0
            for found, unit in ((minutes.search(sentence), 60), (hours.search(sentence), 3600)):
                if found is not None and int(found["n"]):
                    return number, float(found["n"]) * unit
    return None


@cache
def _amount(kind: Kind, spoken: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\d.,])(?P<n>\d{{1,3}})\s?(?:{pattern(kind, spoken).pattern})", re.I)


def _stages(prose: Prose) -> Iterator[tuple[int, int, float]]:
    last = (0, 0.0)
    for number, line in prose:
        found = _STAGE.search(line)
        if found is not None and (int(found["day"]), float(found["percent"])) > last:
            last = (int(found["day"]), float(found["percent"]))
            yield number, *last
