"""Which phase a task belongs to, inferred from where it stands and from the words of its headings."""

import re
from collections.abc import Callable, Sequence

from cockpit.deploy.plan import Phase
from cockpit.runbook.model import Item, Runbook, Section, Step
from cockpit.runbook.reading.vocabulary import Kind, pattern

_BEFORE = re.compile(
    r"\bpre\b|\bpre-?(?:deploy|flight|req|release|check|condition)|\bbefore\b|\bprepar|\breadiness\b", re.I
)
_CHECKING = re.compile(r"\bverif|\bvalidat|\bsmoke\b|\bsanity\b", re.I)
_NUMBERED = re.compile(
    r"\W*(?:(?:phase|stage|part|step|fase|etapa|étape|schritt|paso|fas|krok|этап|шаг|阶段|步骤|フェーズ|단계)\s*)?\d+\b",
    re.I,
)
_AFTER = re.compile(r"\bpost-?|\bafter\b|\bfollow[- ]?up|\bclean[- ]?up|\bwrap[- ]?up|\bannounc", re.I)

_KINDS: tuple[tuple[Kind, Phase], ...] = (("prepare", "preflight"), ("after", "close"), ("verify", "verify"))
_BACK: tuple[Phase, ...] = ("verify", "close")
"""Phases that look back at the deploy."""


class PhaseFinder:
    """Phases for the forward tasks of one runbook.

    With scripts: check lists before the first script are preflight, those after the last one in the same chapter are
    verify, later chapters close; scripts deploy. Headings that say so win (`Pre-...`, `Verify ...`, `Post-...`); with
    scripts in it, a chapter that says it comes after must stand behind all that deploy: the file's order is kept.
    """

    def __init__(
        self, runbook: Runbook, chains: dict[str, Sequence[Section]], is_taken: Callable[[Step], bool]
    ) -> None:
        """`is_taken`: is the script a task of the forward order?"""
        self._chains = chains
        self._others = tuple(one for one in runbook.languages if one != "en")
        scripts = [(section, step) for section in runbook.sections for step in section.steps if is_taken(step)]
        self._beside: dict[str, int] = {}
        """Id of a section -> line of its first script, where all its boxes stand before that and a person ticks them:
        they ask for what it did. With boxes behind it, or checks, the file's order says what comes first."""
        for section, step in scripts:
            if step.item is None and all(item.line < step.line and item.check is None for item in section.items):
                self._beside.setdefault(section.id, step.line)
        self._steps = {step.line: step for _, step in scripts}
        deploying = self._without_the_end(scripts)
        ahead = [step.line for one, step in deploying if not _BEFORE.search(chains[one.id][0].title)]
        self._deploys_from = min(ahead, default=None)
        self._after = {step.id for _, step in scripts[len(deploying) :]}
        lines = [step.line for _, step in deploying]
        self._first = min(lines, default=None)
        self._last = max(lines, default=None)
        self._last_chapter = self._chapter(deploying[-1][0]) if deploying else None

    def _without_the_end(self, scripts: list[tuple[Section, Step]]) -> list[tuple[Section, Step]]:
        """Without the last chapters that look back at the deploy. All, where nothing else has a script."""
        count = len(scripts)
        while count and self._looks_back(scripts[count - 1][0]):
            count -= 1
        return scripts[:count] or scripts

    def _looks_back(self, section: Section) -> bool:
        title = self._chains[section.id][0].title
        if _BEFORE.search(title):
            return False
        return bool(_AFTER.search(title) or _CHECKING.search(title)) or self._in_other_words([title]) in _BACK

    def _chapter(self, section: Section) -> str:
        return self._chains[section.id][0].id

    def of_step(self, section: Section, step: Step) -> Phase:
        if step.id in self._after:
            return self._afterwards(section)
        chapter = self._chains[section.id][0].title
        if self._keeps_its_place(section, step.line):
            return "deploy"
        return "preflight" if _BEFORE.search(chapter) and not _AFTER.search(chapter) else "deploy"

    def _keeps_its_place(self, section: Section, line: int) -> bool:
        """A numbered chapter behind one that deploys is not moved before it, whatever its title says."""
        return (
            self._deploys_from is not None
            and line > self._deploys_from
            and bool(_NUMBERED.match(self._chains[section.id][0].title))
        )

    def stands_behind(self, section: Section, item: Item) -> int:
        """The line after which an item comes: its own, or that of the script that it stands beside."""
        script = self._beside.get(section.id)
        own = self._by_words([section.title], after=False)
        return script if script is not None and item.line < script and own is None else item.line

    def of_item(self, section: Section, item: Item) -> Phase:
        titles = [one.title for one in reversed(self._chains[section.id])]
        if self._first is None or self._last is None:
            return self._by_words(titles, after=True) or self._in_other_words(titles) or "deploy"
        if section.id in self._beside and self._by_words([section.title], after=False) is None:
            # Beside a script: it asks for what that one did.
            step = self._steps[self._beside[section.id]]
            return self.of_step(section, step) if item.line < step.line else self._by_place(section, item, titles)
        return self._by_place(section, item, titles)

    def _by_place(self, section: Section, item: Item, titles: Sequence[str]) -> Phase:
        assert self._first is not None
        assert self._last is not None
        if item.line < self._first:
            return "preflight"
        if item.line < self._last:
            if self._keeps_its_place(section, item.line):
                return "deploy"
            return self._by_words(titles, after=False) or "deploy"
        if self._chapter(section) == self._last_chapter:
            # Still among the steps: looking at what was deployed, whatever the heading calls it.
            return "verify"
        return self._afterwards(section)

    def _afterwards(self, section: Section) -> Phase:
        """Of a chapter behind those that deploy."""
        words = self._by_words([one.title for one in reversed(self._chains[section.id])], after=True)
        return words if words and words != "preflight" else "close"

    def _by_words(self, titles: Sequence[str], *, after: bool) -> Phase | None:
        """The phase that the nearest telling heading names. "Verification" wins over "Post-Deploy" in one title."""
        for title in titles:
            if _BEFORE.search(title):
                return "preflight"
            if after and _CHECKING.search(title):
                return "verify"
            if after and _AFTER.search(title):
                return "close"
            if after and (other := self._in_other_words([title])) in _BACK:
                return other
        return None

    def _in_other_words(self, titles: Sequence[str]) -> Phase | None:
        """The same in the other languages of the runbook."""
        for title in titles if self._others else ():
            for kind, phase in _KINDS:
                if pattern(kind, self._others).search(title):
                    return phase
        return None
