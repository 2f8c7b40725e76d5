"""The settings' table of a flag and its rollout. Secrets never stand in it: it names where they come from."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from cockpit.deploy.rollout.plan import Stage, why_no_stages
from cockpit.settings.types import Duration, Level, Quantity, Table

DAY_SECONDS = 86_400.0
PERCENTAGES = (5.0, 25.0, 50.0, 100.0)
SOAK_SECONDS = 20 * 3600.0
"""A stage of a day is judged before the same hour of the next one, when the next stage is due."""
VERIFY_SECONDS = 600.0
WATCH_SECONDS = 3600.0
_SECRET = ("token", "password")
_PLAIN_HEADERS = frozenset({"accept", "content-type", "user-agent"})
LONGEST_NAME = 200


class StageSettings(Table):
    """A stage; a percentage alone is one."""

    percent: Quantity = Field(description='"5 %" or 5')
    soak: Duration | None = Field(None, description="default: the flag's")
    day: int | None = Field(None, ge=1, description="not before this day; the first day is 1")
    after: Duration | None = Field(None, description="not before this time after the start, instead of a day")


Stages = list[
    Annotated[
        StageSettings,
        BeforeValidator(
            lambda one: one if isinstance(one, dict | StageSettings) else {"percent": one},
            json_schema_input_type=float | str | dict[str, Any],
        ),
    ]
]


class BucketingSettings(Table):
    """How the application tells who is in: for `--check-hash`."""

    hash: Literal["fnv1a", "murmur3", "sha256", "times31"] = "fnv1a"
    key: str = Field("{id}", description="what is hashed: {id}, {flag}, {percent} and any text")
    buckets: int = Field(100, ge=1, le=1_000_000, description="modulus of the hash; the share is scaled to it")


class FlagSettings(BaseModel):
    """A flag and how it is rolled out. Keys other than these are its type's own."""

    model_config = ConfigDict(extra="allow", frozen=True)
    type: str = Field(description="command, file, flagsmith, github, http, launchdarkly, unleash, or an entry point")
    form: Literal["percent", "switch"] = Field("percent", description="switch: off, verified, on, watched")
    stages: Stages = Field(
        default_factory=list,
        description='a list of 5, "5 %" or { percent, soak, day, after }; default: 5, 25, 50, 100 % on days 1 to 4',
    )
    soak: Duration | None = Field(None, gt=0, description="of each stage: default 20h; of a switch that is on: 1h")
    verify: Duration | None = Field(None, gt=0, description="of a switch that is off, before it is on: default 10m")
    advance: Literal["person", "auto"] = Field(
        "person", description="auto: advance automatically once a stage has passed"
    )
    metric: str = Field("errors", description="the metric that judges a stage")
    baseline: Level = Field((2.0, 0.5), description='at most this: "2x baseline + 0.5 %"')
    earlier: Level = Field((2.0, 0.5), description="at most this, `baseline` being the previous stage")
    min_samples: int = Field(100, ge=0, description="requests needed to judge a stage")
    min_values: int = Field(3, ge=1, description="samples needed to judge a stage")
    gates: list[str] = Field(default_factory=list, description="names of [gates.NAME] that every stage must pass")
    retries: int = Field(0, ge=0, description="`--yes`: how often a breached stage is retried")
    remind: Duration = Field(DAY_SECONDS, gt=0, description="how often to repeat that a stage is due")
    settle: Duration = Field(5.0, ge=0, le=600, description="how long the flag may take to show what was set")
    reread: Duration = Field(15.0, gt=0, description="how often the flag is read in the meantime")
    restart: str | None = Field(None, description="a command to run after setting it")
    read: str | None = Field(None, description="a command that prints the flag's value as the application sees it")
    bucketing: BucketingSettings = Field(default_factory=BucketingSettings)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        for key in _SECRET:
            self._from_outside(key, (self.model_extra or {}).get(key))
        headers = (self.model_extra or {}).get("headers")
        for name, value in headers.items() if isinstance(headers, dict) else ():
            if str(name).lower() not in _PLAIN_HEADERS:
                self._from_outside(f"headers.{name}", value)
        if self.form == "switch" and self.stages:
            raise ValueError("a switch has no stages: off, then on (verify and soak say for how long)")
        wrong = why_no_stages(self.planned(), self.form)
        if wrong:
            raise ValueError(wrong)
        return self

    @staticmethod
    def _from_outside(key: str, value: object) -> None:
        if value is not None and not str(value).startswith("env:"):
            # The value itself is not repeated: it may be the secret.
            raise ValueError(f'{key} is a secret and must not be stored here. Use {key} = "env:NAME"')

    def planned(self) -> tuple[Stage, ...]:
        """The stages with their soaks and the times before which they are not due, in seconds."""
        if self.form == "switch":
            verify = VERIFY_SECONDS if self.verify is None else self.verify
            return Stage(0.0, verify), Stage(100.0, WATCH_SECONDS if self.soak is None else self.soak)
        soak = SOAK_SECONDS if self.soak is None else self.soak
        if not self.stages:
            return tuple(
                Stage(percent, soak, day * DAY_SECONDS if self.soak is None else 0.0)
                for day, percent in enumerate(PERCENTAGES)
            )
        return tuple(
            Stage(
                one.percent,
                soak if one.soak is None else one.soak,
                one.after if one.after is not None else ((one.day or 1) - 1) * DAY_SECONDS,
            )
            for one in self.stages
        )

    def options(self) -> dict[str, Any]:
        """The keys of its type, and those that go around every type."""
        around = {key: value for key in ("restart", "read") if (value := getattr(self, key)) is not None}
        return {**(self.model_extra or {}), **around}

    def secret_variables(self) -> frozenset[str]:
        """Names of the variables whose values nobody may see."""
        given = self.model_extra or {}
        headers = given.get("headers")
        found = [given.get(key) for key in _SECRET]
        found += list(headers.values()) if isinstance(headers, dict) else []
        return frozenset(str(one).removeprefix("env:") for one in found if str(one).startswith("env:"))


def why_no_name(name: str) -> str:
    """What is wrong with the name of a flag; empty where nothing is. Any other is quoted wherever it goes."""
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        return f"a flag's name must be one line of 1 to {LONGEST_NAME} printable characters"
    return "a flag's name must not start with a dash, as programs would read it as an option" if name[0] == "-" else ""
