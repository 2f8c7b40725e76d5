"""`cockpit check`, its second half: the settings and their metric sources as a deploy would find them."""

import asyncio
import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from cockpit.deploy.plan import MetricRule, Plan
from cockpit.deploy.rollback.triggers import way_back
from cockpit.deploy.state import State
from cockpit.engine.config.environment import Environment, inherited, resolve
from cockpit.engine.effects.sources import SLACK_SECONDS, build_source, patience
from cockpit.linting.found import Found
from cockpit.metrics.base import SourceError
from cockpit.metrics.check import AGAIN_SECONDS, Finding, examine
from cockpit.opening.deploy import Opened, OpeningError, locate, open_plan, unknown_tasks
from cockpit.opening.reading import ReadingError
from cockpit.settings.load import FILE, SettingsError, find_line
from cockpit.settings.scaffold import is_set_in
from cockpit.text.masking import outside


class _File(Struct, frozen=True):
    """A file as findings name it: as short as it can be opened from where the command was given."""

    name: str
    content: str = ""

    @classmethod
    def of(cls, path: Path) -> "_File":
        here = Path.cwd()
        name = str(path.relative_to(here) if path.is_relative_to(here) else path)
        try:
            return cls(name, path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            return cls(name)

    def line(self, *key: str) -> int:
        """Of a key of the settings; 0 where it is not there."""
        return find_line(self.content, key)


def check(runbook: str | None, environment: str | None = None) -> list[Found]:
    """Everything that can be said. Asks every metric source once or twice, and runs the `command:` of variables as a
    deploy would. Raises OpeningError where there is no runbook, LayoutError."""
    try:
        root, settings, path = locate(runbook, environment)
    except SettingsError as error:
        return of_settings(error)
    try:
        opened = open_plan(runbook, environment=environment)
    except SettingsError as error:
        return of_settings(error)
    except ReadingError:
        return []  # told with the runbook's own findings, by its line
    except OpeningError as error:
        return [Found("error", _File.of(path).name, 0, "runbook", str(error))]
    except ValueError as error:
        key = str(error).partition(":")[0].split(".")
        return [Found("error", _File.of(root / FILE).name, _File.of(root / FILE).line(*key), "settings", str(error))]
    variables = resolve(settings, root, inherited())
    file, book = _File.of(root / FILE), _File.of(path)
    return [
        *_variables(variables, file, _set_by_steps(opened)),
        *_tasks(opened, file),
        *asyncio.run(_sources(opened, variables, file)),
        *_triggers(opened.plan, variables, book.name, file if file.content else book),
    ]


def of_settings(error: SettingsError) -> list[Found]:
    """Every problem of the settings with its line."""
    return [Found("error", _File.of(error.path).name, line, "settings", text) for line, text in error.problems]


def _set_by_steps(opened: Opened) -> set[str]:
    """Variables of the settings that come from outside under their own name, where a step gives them their value: an
    earlier `init` listed these too."""
    bodies = "\n".join(task.script.body for task in opened.plan.tasks if task.script is not None)
    listed = opened.settings.variables.items()
    return {name for name, one in listed if one.source in (None, "", f"env:{name}") and is_set_in(name, bodies)}


def _variables(variables: Environment, file: _File, set_by_steps: set[str]) -> Iterator[Found]:
    for problem in (*variables.problems, *variables.warnings):
        kind, _, rest = problem.partition(" ")
        tables = {"variable": "variables", "notice": "notices"}
        key = (tables[kind], rest.partition(":")[0]) if kind in tables else (kind,)
        code = "notices" if kind == "notice" else "variables"
        severe = problem in variables.problems
        if severe and kind == "variable" and rest.partition(":")[0] in set_by_steps:
            severe, problem = False, f"{problem} outside, but set by a step; remove it from [variables]"
        yield Found("error" if severe else "warning", file.name, file.line(*key), code, problem)


def _tasks(opened: Opened, file: _File) -> Iterator[Found]:
    """A correction that has lost its task: it would be missing in the deploy without a word."""
    for name, words in unknown_tasks(opened.settings, opened.runbook).items():
        yield Found("error", file.name, file.line("tasks", name), "settings", words)


async def _sources(opened: Opened, variables: Environment, file: _File) -> list[Found]:
    """All sources at the same time; the findings in the order of the settings."""
    # A source's relative paths and commands start at the repository's root, where the engine runs.
    with contextlib.chdir(opened.layout.root):
        each = await asyncio.gather(*(_source(opened, name, variables, file) for name in opened.settings.sources))
    return [one for found in each for one in found]


async def _source(opened: Opened, name: str, variables: Environment, file: _File) -> list[Found]:
    settings = opened.settings
    rules = [rule for rule in opened.plan.metrics if rule.source == name]
    at = file.line("sources", name)
    if not rules:
        return [Found("warning", file.name, at, "unused", f"sources.{name}: provides no metric")]
    try:
        source = build_source(settings, name, variables)
    except SourceError as error:
        return [Found("error", file.name, at, "source", outside(str(error), variables.secrets))]
    limit = 2 * patience(settings, name) + AGAIN_SECONDS + SLACK_SECONDS
    try:
        async with asyncio.timeout(limit):
            findings = await examine(source, rules, time.time)
    except TimeoutError:
        return [Found("error", file.name, at, "no-answer", f"sources.{name}: no answer within {limit:g} s")]
    except Exception as error:
        words = outside(f"sources.{name} is broken: {type(error).__name__}: {error}", variables.secrets)
        return [Found("error", file.name, at, "source", words)]
    finally:
        with contextlib.suppress(Exception):
            await source.close()
    found = [_of_metric(one, name, file, variables) for one in findings]
    well = len(rules) - len({one.metric for one in findings})
    if well:
        words = f"sources.{name}: {well} of {len(rules)} {'metric is' if well == 1 else 'metrics are'} ok"
        found.append(Found("info", file.name, at, "answers", words))
    return found


def _of_metric(one: Finding, source: str, file: _File, variables: Environment) -> Found:
    line = file.line("metrics", one.metric) or file.line("sources", source)
    words = outside(one.text, variables.secrets)
    return Found(one.severity, file.name, line, one.code, f"metrics.{one.metric}: {words}")


def _triggers(plan: Plan, variables: Environment, runbook: str, file: _File) -> Iterator[Found]:
    """Which step arms them, and where they would lead."""
    judged = [rule for rule in plan.metrics if rule.judged]
    if not judged:
        yield Found(
            "info", file.name, 0, "triggers", "no metric has a breach threshold: automatic rollback is impossible"
        )
        return
    if not plan.automatic:
        line = file.line("rollback", "automatic")
        yield Found("info", file.name, line, "triggers", "rollback.automatic is off: breaches are only shown")
        return
    arms = plan.task(plan.arm_task) if plan.arm_task else None
    if arms is None:
        yield Found("warning", runbook, 0, "triggers", "no deploy step is a script: triggers are never armed")
        return
    why = f" ({plan.arm_reason})" if plan.arm_reason else ""
    yield Found("info", runbook, arms.line, "arms", f'"{arms.title}" arms the triggers: {_names(judged)}{why}')
    # As it stands once the deploy has begun: before that there is nothing to go back from.
    begun = State(plan=plan, variables=frozenset(variables.values), phases={"deploy": 0.0})
    option, problems = way_back(begun)
    passed_over = f" (not {'; '.join(problems)})" if problems else ""
    if option is not None:
        yield Found("info", runbook, option.line, "way-back", f'triggers use "{option.title}"{passed_over}')
        return
    first = plan.rollback[0].line if plan.rollback else 0
    words = f"no rollback option can run unattended, so triggers only alert: {'; '.join(problems)}"
    yield Found("warning", runbook, first, "way-back", words)


def _names(rules: Sequence[MetricRule]) -> str:
    return ", ".join(rule.name for rule in rules)
