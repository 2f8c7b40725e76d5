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
    verify, later chapters close; scripts deploy. Headings that say so win (`Pre-...`, `Verify ...`, `Post-...`).
    """

    def __init__(self, runbook: Runbook, chains: dict[str, Sequence[Section]]) -> None:
        self._chains = chains
        steps = [step for section in runbook.sections if section.kind != "rollback" for step in section.steps]
        lines = [step.line for step in steps if step.runnable]
        self._first = min(lines, default=None)
        self._last = max(lines, default=None)
        self._last_chapter = next(
            (
                self._chapter(section)
                for section in reversed(runbook.sections)
                if section.kind != "rollback" and any(step.runnable for step in section.steps)
            ),
            None,
        )

    def _chapter(self, section: Section) -> str:
        return self._chains[section.id][0].id

    def of_step(self, section: Section, step: Step) -> Phase:
        chapter = self._chains[section.id][0].title
        if _BEFORE.search(chapter) and not _AFTER.search(chapter):
            return "preflight"
        if _AFTER.search(chapter) and section.kind != "steps":
            return "close"
        return "deploy"

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
        words = self._by_words(titles, after=True)
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
