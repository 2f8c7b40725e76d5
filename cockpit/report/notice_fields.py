"""Which fact a template's field asks for: by the words of its name and of the line it stands in.

Teams write `ETA: <X minutes>` and `Took: <X minutes>`: the name alone does not say. The first rule that fits decides;
what no rule knows is asked for under the field's own name.
"""

import re

from cockpit.runbook.names import fold
from cockpit.runbook.templates import FieldPlace

_YEAR, _CLOCK = re.compile(r"yyyy|mm-dd"), re.compile(r"hh:mm")

_RULES: tuple[tuple[str, str], ...] = (
    ("p95", r"\bp ?9[059]\b|percentile|latenc|response time|performance"),
    ("errors", r"\berrors?\b|\bfail(?:ing|ed|ure)s? (?:requests?|rate)|\b5xx\b"),
    ("health", r"\bhealth"),
    ("downtime", r"down ?time|interruption|outage"),
    ("approved", r"\bapprov"),
    ("bypassed", r"\bbypass"),
    ("runbook", r"run ?book|rollback plan"),
    ("", r"\blinks?\b|\burl\b|changelog|release notes|status page|dashboard"),
    ("eta", r"\beta\b|\bdone in\b|\bback in\b|\brecover|\bresol(?:v|ution)"),
    ("impact", r"\bimpact|\b(?:customers?|users?) (?:notice|affected|see)|\baffected (?:users?|customers?)"),
    (
        "service",
        r"\baffected\b|\bconcerns?\b|\bservice\b|\bproject\b|\bapp(?:lication)?\b",
    ),
    ("next", r"\bnext steps?\b|\bmonitor for\b"),
    ("migrations", r"\bmigrations?\b"),
    ("duration", r"\bduration\b|\btook\b|\btakes?\b|\bminutes\b|\btime taken\b|\belapsed\b"),
    ("target", r"\b(?:back|revert\w*|restor\w+) to\b"),
    ("commit", r"\bcommit\b|\bsha\b|\brevision\b|\bversion\b|\brelease\b|\btag\b"),
    ("status", r"\bstatus\b|\boutcome\b|\bresult\b|\bsuccess"),
    ("reason", r"\breason\b|\bwhy\b|\bcause\b|\bhappened\b|\bissue\b|\bincident\b|\bproblem\b"),
    ("who", r"\bwho\b|\bname\b|\bengineer\b|\boperator\b|\bdeployer\b|\bauthor\b|\bowner\b|\bby\b"),
    ("environment", r"\benvironment\b|\benv\b"),
    ("changes", r"\bchang|\bwhat\b|\bdescription\b|\bsummary\b|\bscope\b"),
    ("time", r"\btime\b|\bdate\b|\bwhen\b|\butc\b|\btimestamp\b"),
)
RULES = tuple((fact, re.compile(pattern)) for fact, pattern in _RULES)


def fact_of(place: FieldPlace) -> str:
    """The word of the fact (`notice_facts.py`) that is asked for; empty where no rule knows it.

    The name counts before its line: `Release of <project>` asks for the project.
    """
    if _YEAR.search(place.name):
        return "time" if _CLOCK.search(place.name) else "date"
    if _CLOCK.search(place.name):
        return "clock"
    name, line = _words(place.name), _words(f"{place.before} {place.name}")
    vague = _VAGUE.search(name)
    for words in (line,) if vague else (name, line):
        for fact, pattern in RULES:
            if pattern.search(words):
                return "target" if fact == "commit" and _TARGET.search(line) else fact
    return ""


_VAGUE = re.compile(r"\bminutes\b|\bhours\b|\btime\b|\bname\b|\bresult\b|\bdescription\b|\bcount\b|\bshare\b|\bvalue\b")
"""Names that say nothing without their line."""
_TARGET = dict(RULES)["target"]


def _words(text: str) -> str:
    return re.sub(r"[\s_/,;:.()*-]+", " ", text.lower()).strip()


def name_of(place: FieldPlace) -> str:
    """What the field is asked for by: the fact's word, else what stands in the field."""
    return fact_of(place) or place.token.strip("<>[]").lower()


def given_for(place: FieldPlace, given: dict[str, str]) -> str | None:
    """A value that a person gave, by the fact's word or the field's own name (folded)."""
    for name in (fold(name_of(place)), place.name):
        if name in given:
            return given[name]
    return None
