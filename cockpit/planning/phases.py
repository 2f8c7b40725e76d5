"""Which phase a task belongs to, inferred from where it stands and from the words of its headings."""

import re
from collections.abc import Sequence

from cockpit.deploy.plan import Phase
from cockpit.runbook.model import Item, Runbook, Section, Step

_BEFORE = re.compile(
    r"\bpre\b|\bpre-?(?:deploy|flight|req|release|check|condition)|\bbefore\b|\bprepar|\breadiness\b", re.I
)
_CHECKING = re.compile(r"\bverif|\bvalidat|\bsmoke\b|\bsanity\b", re.I)
_AFTER = re.compile(r"\bpost-?|\bafter\b|\bfollow[- ]?up|\bclean[- ]?up|\bwrap[- ]?up|\bannounc", re.I)


class PhaseFinder:
    """Phases for the forward tasks of one runbook.

    With scripts: check lists before the first script are preflight, those after the last one in the same chapter are
    verify, later chapters close; scripts deploy. Headings that say so win (`Pre-...`, `Verify ...`, `Post-...`); with
    scripts in it, a chapter that says it comes after must stand behind all that deploy: the file's order is kept.
    """

    def __init__(self, runbook: Runbook, chains: dict[str, Sequence[Section]]) -> None:
        self._chains = chains
        scripts = [
            (section, step)
            for section in runbook.sections
            if section.kind != "rollback"
            for step in section.steps
            if step.runnable or step.is_broken
        ]
        deploying = self._without_the_end(scripts)
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
        return bool(_AFTER.search(title) or _CHECKING.search(title)) and not _BEFORE.search(title)

    def _chapter(self, section: Section) -> str:
        return self._chains[section.id][0].id

    def of_step(self, section: Section, step: Step) -> Phase:
        if step.id in self._after:
            return self._afterwards(section)
        chapter = self._chains[section.id][0].title
        return "preflight" if _BEFORE.search(chapter) and not _AFTER.search(chapter) else "deploy"

    def of_item(self, section: Section, item: Item) -> Phase:
        titles = [one.title for one in reversed(self._chains[section.id])]
        if self._first is None or self._last is None:
            return self._by_words(titles, after=True) or "deploy"
        if item.line < self._first:
            return "preflight"
        if item.line < self._last:
            return self._by_words(titles, after=False) or "deploy"
        if self._chapter(section) == self._last_chapter:
            # Still among the steps: looking at what was deployed, whatever the heading calls it.
            return "verify"
        return self._afterwards(section)

    def _afterwards(self, section: Section) -> Phase:
        """Of a chapter behind those that deploy."""
        words = self._by_words([one.title for one in reversed(self._chains[section.id])], after=True)
        return words if words and words != "preflight" else "close"

    @staticmethod
    def _by_words(titles: Sequence[str], *, after: bool) -> Phase | None:
        """The phase that the nearest telling heading names. "Verification" wins over "Post-Deploy" in one title."""
        for title in titles:
            if _BEFORE.search(title):
                return "preflight"
            if after and _CHECKING.search(title):
                return "verify"
            if after and _AFTER.search(title):
                return "close"
        return None
