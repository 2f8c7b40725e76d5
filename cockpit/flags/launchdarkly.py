"""`launchdarkly`: its REST API with semantic patches; the percentage is the share of the default rule's variation.

https://launchdarkly.com/docs/api/feature-flags. Off turns the targeting off: one question, whatever the rules say.
"""

from collections.abc import Mapping
from typing import Any

from cockpit.external.http import Access, shown
from cockpit.flags.asking import Asking, segment
from cockpit.flags.base import Context, FlagError, Seen, Setter, Wanted
from cockpit.flags.options import asked, options_of
from cockpit.metrics import access as entry

API = "https://app.launchdarkly.com"
_PATCH = "application/json; domain-model=launchdarkly.semanticpatch"
_WHOLE = 100_000
"""A weight is in thousandths of a percent."""


class LaunchDarkly:
    """`on`: the value of the variation that people get."""

    def __init__(self, asking: Asking, path: str, environment: str, kind: str, on: object, where: str) -> None:
        self._asking = asking
        self._path = path
        self._environment = environment
        self._kind = kind
        self._on = on
        self.how = f"LaunchDarkly: {where}{path}, environment {environment}"
        self.readable = True

    async def set(self, wanted: Wanted) -> str:
        if wanted.percent == 0:
            await self._patch([{"kind": "turnFlagOff"}])
            return "targeting off"
        on, off = self._variations(await self._asking.get(self._path, {"env": self._environment}))
        weight = round(wanted.percent * 1000)
        rollout = {
            "kind": "updateFallthroughVariationOrRollout",
            "rolloutContextKind": self._kind,
            "rolloutWeights": {on["_id"]: weight, off["_id"]: _WHOLE - weight},
        }
        await self._patch([rollout, {"kind": "turnFlagOn"}])
        return ""

    async def _patch(self, instructions: list[dict[str, Any]]) -> None:
        body = {
            "environmentKey": self._environment,
            "comment": "set by deploy-cockpit",
            "instructions": instructions,
        }
        await self._asking.send("PATCH", self._path, body)

    async def read(self, wanted: Wanted) -> Seen:
        flag = await self._asking.get(self._path, {"env": self._environment})
        on, _ = self._variations(flag)
        assert isinstance(flag, dict)
        environments = flag.get("environments")
        here = environments.get(self._environment) if isinstance(environments, dict) else None
        if not isinstance(here, dict):
            raise FlagError(f"LaunchDarkly has no environment {self._environment!r} for this flag")
        if not here.get("on"):
            return Seen(0.0, "targeting off")
        return Seen(_share(here.get("fallthrough"), flag["variations"].index(on)), "targeting on")

    def _variations(self, flag: object) -> tuple[dict[str, Any], dict[str, Any]]:
        """The variation that is rolled out, and the other one. Raises FlagError where there are not two."""
        found = flag.get("variations") if isinstance(flag, dict) else None
        known = [one for one in found if isinstance(one, dict) and "_id" in one] if isinstance(found, list) else []
        on = [one for one in known if one.get("value") == self._on and type(one.get("value")) is type(self._on)]
        off = [one for one in known if one not in on]
        if len(on) != 1 or len(off) != 1:
            raise FlagError(
                f"LaunchDarkly's flag has {len(known)} variations, and {len(on)} of them is {self._on!r}; two are "
                "required, and `on` is the value of the new one"
            )
        return on[0], off[0]

    async def close(self) -> None:
        await self._asking.close()


def _share(fallthrough: object, place: int) -> float:
    """Percent of the default rule that gets the variation at this place."""
    if not isinstance(fallthrough, dict):
        raise FlagError("LaunchDarkly's flag has no default rule")
    rollout = fallthrough.get("rollout")
    if not isinstance(rollout, dict):
        return 100.0 if fallthrough.get("variation") == place else 0.0
    weights = [one for one in rollout.get("variations", ()) if isinstance(one, dict)]
    return sum(float(one.get("weight", 0)) for one in weights if one.get("variation") == place) / 1000


def build(flag: str, options: Mapping[str, object], context: Context) -> Setter:
    """Options: token, project (default), environment (production), key (the flag's name), on (true), context_kind
    (user), url. Raises FlagError, SourceError."""
    given = options_of(flag, options).only(
        "token", "project", "environment", "key", "on", "context_kind", "url", "timeout"
    )
    url = entry.check(flag, asked(given, "url", API))
    token = asked(given, "token")
    headers = {"Authorization": token, "Content-Type": _PATCH, "Accept": "application/json"}
    access = Access(given.seconds("timeout", 10.0), headers, credentials="the access token")
    path = f"/api/v2/flags/{segment(asked(given, 'project', 'default'))}/{segment(asked(given, 'key', flag))}"
    return LaunchDarkly(
        Asking(url, access, (*context.secrets, token)),
        path,
        asked(given, "environment", "production"),
        asked(given, "context_kind", "user"),
        options.get("on", True),
        shown(url),
    )
