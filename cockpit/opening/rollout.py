"""Opening a rollout: the settings of its flag, the setter, the window; a plan, or an error that says what to do."""

import asyncio
import contextlib
import time
from pathlib import Path

from cockpit.deploy.plan import Plan
from cockpit.deploy.schedule.window import SEARCH_SECONDS
from cockpit.engine.config.env_files import why_unread
from cockpit.engine.config.environment import inherited, resolve
from cockpit.engine.config.flag_options import build_setter
from cockpit.external import git
from cockpit.flags.base import FlagError
from cockpit.opening.deploy import Opened, OpeningError, check_metrics
from cockpit.paths import Layout, find_root
from cockpit.planning.rollouts import make_rollout_plan
from cockpit.planning.window import window_at_opening
from cockpit.runbook.parse import parse
from cockpit.settings.load import FILE, Settings, load
from cockpit.text.suggest import meant


def settings_of(flag: str, environment: str | None, root: Path | None = None) -> tuple[Path, Settings]:
    """The repository and its settings, with `[flags.FLAG]` in them. Raises OpeningError with the nearest name, and
    SettingsError."""
    root = find_root(root or Path.cwd())
    path = root / FILE
    if not path.exists():
        raise OpeningError(f"{root}: no {FILE}; a rollout needs [flags.{flag}] in it (docs/rollout.md)")
    settings = load(path, environment)
    if flag not in settings.flags:
        raise OpeningError(f"{path}: no [flags.{flag}]; {meant(flag, settings.flags)}")
    return root, settings


def open_rollout(flag: str, *, environment: str | None = None, root: Path | None = None) -> Opened:
    """Everything read and resolved. Raises OpeningError, SettingsError, and ValueError for a time outside the
    calendar."""
    root, settings = settings_of(flag, environment, root)
    path = root / FILE
    check_metrics(path, settings)
    if settings.env_file and (unread := why_unread(root / settings.env_file)):
        raise OpeningError(unread)
    how, readable = _setter_of(settings, flag, root)
    now = time.time()
    last = max(stage.after_seconds + stage.soak_seconds for stage in settings.flags[flag].planned())
    here = window_at_opening(path, settings.window, now=now, planned_at=now, emergency=False)
    # The calendar is looked up around one time: that of the last stage, where the first one is not too far from it.
    ends = now + last if last < SEARCH_SECONDS else now
    far = window_at_opening(path, settings.window, now=now, planned_at=ends, emergency=False)
    plan: Plan = make_rollout_plan(
        settings,
        flag,
        how=how,
        readable=readable,
        root=str(root),
        runbook_path=FILE,
        planned_at=now,
        commit=git.resolve(root, "HEAD") if git.is_repository(root) else "",
        project=settings.project or root.name,
        **{**here.fields, "window_stretches": far.fields["window_stretches"]},
    )
    return Opened(Layout(root), settings, parse(b""), plan)


def _setter_of(settings: Settings, flag: str, root: Path) -> tuple[str, bool]:
    """How the flag is set, in words, and whether it can be read back. Raises OpeningError."""
    environment = resolve(settings, root, inherited())
    try:
        setter = build_setter(settings, flag, environment, str(root))
    except FlagError as error:
        raise OpeningError(f"{root / FILE}: {error}") from None
    with contextlib.suppress(RuntimeError):
        asyncio.run(setter.close())
    return setter.how, setter.readable
