"""The tables of `cockpit.toml`, and the whole of it."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from cockpit.settings.flags import FlagSettings, why_no_name
from cockpit.settings.notices import NoticeSettings
from cockpit.settings.team import TeamSettings
from cockpit.settings.types import Duration, Level, Quantity, Table
from cockpit.settings.window import WindowSettings


class VariableSettings(Table):
    """Where one variable's value comes from, and whether it is a secret."""

    source: str = Field(
        "", alias="from", description='"env:NAME", "file:PATH", "command:..."; empty: env:<its own name>'
    )
    secret: bool | None = Field(None, description="unset: guessed from the name and the value")


class MetricSettings(Table):
    """Overrides of one metric. Without them the presets of its source's type hold."""

    source: str | None = Field(None, description="name of a [sources.NAME] table")
    label: str | None = None
    unit: Literal["%", "s", "", "up"] | None = None
    interval: Duration | None = None
    watch: Level | None = Field(None, description='shown; also "2x baseline" or "baseline + 1 %"')
    alert: Level | None = Field(None, description="the watch restarts")
    breach: Level | None = Field(None, description="beyond this threshold production is rolled back")
    direction: Literal["above", "below"] = Field("above", description="the bad side of the threshold")
    for_: Duration | None = Field(None, alias="for", description="how long a breach must last to trigger")
    failures: int | None = Field(None, ge=1, description="consecutive breaches needed to trigger")
    min_samples: int | None = Field(None, ge=0, description="observations needed to judge a value")
    warm_up: Duration | None = Field(None, description="after arming, how long it cannot fire")
    no_data: Literal["hold", "rollback", "ignore"] | None = Field(None, description="what no data means")
    error_limit: int | None = Field(None, ge=1, description="consecutive errors that count as no data")
    baseline: Quantity | None = Field(None, description="expected baseline if none was measured")
    top: Quantity | None = Field(None, description="top of the sparkline's scale")
    stale: Duration | None = Field(None, description="a sample older than this is no data")
    observe_only: bool = False
    options: dict[str, Any] = Field(default_factory=dict, description="passed to the source as they are")


class SourceSettings(BaseModel):
    """A place to measure; the other keys are the source's own."""

    model_config = ConfigDict(extra="allow", frozen=True)
    type: str
    interval: Duration = 1.0
    metrics: list[str] | None = Field(None, description="which of its metrics to use; default: the predefined ones")
    prefix: str = Field("", description='prefix for its metric names: "worker."')

    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class TaskSettings(Table):
    """What an annotation would say, for runbooks that nobody may edit; keyed by an id of `cockpit outline`."""

    phase: Literal["preflight", "deploy", "verify", "watch", "close"] | None = None
    required: bool | None = None
    critical: bool | None = None
    ignore: bool = False
    interactive: bool | None = None
    confirm: bool | None = None
    timeout: Duration | None = None
    check: str | None = Field(None, description="a built-in check, or a command")
    cwd: str | None = None
    interrupt: Literal["stop", "wait"] | None = Field(
        None, description="what a rollback does with it while it is running; wait: for migrations"
    )
    rollback: str | None = Field(None, description="name or id of the script that undoes this step")
    no_return: bool | None = Field(None, description="the point of no return; after it, fix forward only")
    second_person: bool | None = Field(None, description="needs approval from someone other than who runs it")
    start: Literal["person", "due"] | None = Field(
        None, description="due: starts automatically when due, unless blocked"
    )
    promote: bool = Field(False, description="run a script that is only offered; of several alternatives, use this one")


class RollbackSettings(Table):
    """What a trigger does."""

    automatic: bool = Field(True, description="triggers roll back automatically")
    countdown: Duration = Field(15.0, description="between the trigger and the rollback")
    option: int | str | None = Field(
        None, description="number or ID of the rollback option; default: the first that can run unattended"
    )
    arm: str | None = Field(None, description="ID of the first step that changes production; default: inferred")
    reasons: list[str] = Field(
        default_factory=list, description="offered to whoever rolls back; default: what the runbook lists"
    )


class GateSettings(Table):
    """Measurements that must go well; bound to an item by `check=gate:NAME`."""

    metrics: list[str] = Field(min_length=1)
    count: int = Field(3, ge=1)
    interval: Duration = 10.0
    failure_limit: int = Field(0, ge=0)
    inconclusive_limit: int = Field(0, ge=0)
    consecutive_error_limit: int = Field(4, ge=0)
    consecutive_success_limit: int = Field(0, ge=0)
    on_fail: Literal["rollback", "hold", "ask"] = Field("ask", description="what a failed gate does to the deploy")


class ReportSettings(Table):
    directory: str = "reports/deploys"


class DatabaseSettings(Table):
    """The database that the cockpit itself can put back: one more way back, into a new database that is swapped in."""

    dsn: str = Field("env:DATABASE_URL", pattern=r"^env:[A-Za-z_]\w*$", description="env:NAME, never the URL itself")
    backups: str = Field("backups/*.dump", description="path of the backups; one `*`")
    without_data: tuple[str, ...] = Field(
        (), description="tables whose rows are excluded from backups on purpose (pg_dump --exclude-table-data)"
    )


class Settings(Table):
    """The whole file."""

    runbook: str | None = None
    project: str | None = Field(None, max_length=200, description="name on the screen; default: the directory's")
    environment: str = Field("production", min_length=1, max_length=80)
    current: str | None = Field(None, description='commit that is running: "command:...", or a git ref')
    watch: Duration = 3600.0
    baseline: Duration = Field(60.0, description="how long before the deploy the baseline is measured")
    rollback: RollbackSettings = Field(default_factory=RollbackSettings)
    database: DatabaseSettings | None = Field(
        None, description="adds a rollback option: restore a backup, counted and swapped in"
    )
    gates: dict[str, GateSettings] = Field(default_factory=dict)
    checks: Literal["ask", "auto"] = Field("ask", description="auto: command checks start when their phase is entered")
    infer: bool = Field(True, description="items whose text matches a built-in check get it; a tick still counts")
    from_prose: bool = Field(
        True, description="use the health address and levels that the runbook states, where no table says otherwise"
    )
    env_file: str | None = None
    variables: dict[str, VariableSettings] = Field(default_factory=dict)
    sources: dict[str, SourceSettings] = Field(default_factory=dict)
    metrics: dict[str, MetricSettings] = Field(default_factory=dict)
    tasks: dict[str, TaskSettings] = Field(default_factory=dict)
    report: ReportSettings = Field(default_factory=ReportSettings)
    window: WindowSettings | None = Field(None, description="when deploys may begin")
    notices: dict[str, NoticeSettings] = Field(default_factory=dict, description="where notices are sent")
    flags: dict[str, FlagSettings] = Field(default_factory=dict, description="flags rolled out in stages")
    team: TeamSettings | None = Field(None, description="the journal shared by several machines")
    keys: dict[str, str] = Field(default_factory=dict, description="action id = key")
    bell: bool = True
    theme: Literal["dark", "light", "mono"] = "dark"
    environments: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="overrides, chosen with --env NAME"
    )

    @field_validator("flags")
    @classmethod
    def _have_names(cls, flags: dict[str, FlagSettings]) -> dict[str, FlagSettings]:
        for name in flags:
            wrong = why_no_name(name)
            if wrong:
                raise ValueError(f"{name!r}: {wrong}")
        return flags
