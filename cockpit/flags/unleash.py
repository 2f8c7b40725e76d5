"""`unleash`: its admin API; the percentage is the `rollout` of the flag's gradual strategy in one environment.

https://docs.getunleash.io/api-overview. Off turns the environment off: one question, whatever the strategies say.
"""

from collections.abc import Mapping
from typing import Any

from cockpit.external.http import Access, shown
from cockpit.flags.asking import Asking, segment
from cockpit.flags.base import Context, FlagError, Seen, Setter, Wanted
from cockpit.flags.options import asked, options_of
from cockpit.flags.values import seen
from cockpit.metrics import access as entry

GRADUAL = "flexibleRollout"


class Unleash:
    """`strategy`: the id of the one that is rolled out; empty: there is only one."""

    def __init__(self, asking: Asking, path: str, strategy: str, where: str) -> None:
        self._asking = asking
        self._path = path
        self._strategy = strategy
        self.how = f"Unleash: {where}{path}"
        self.readable = True

    async def set(self, wanted: Wanted) -> str:
        if wanted.percent == 0:
            await self._asking.send("POST", f"{self._path}/off")
            return "the environment is off"
        here = await self._here()
        one = self._gradual(here)
        change = [{"op": "replace", "path": "/parameters/rollout", "value": f"{wanted.number}"}]
        await self._asking.send("PATCH", f"{self._path}/strategies/{segment(str(one.get('id', '')))}", change)
        if not here.get("enabled"):
            # Only now: before, it would have been on at the percentage that was there.
            await self._asking.send("POST", f"{self._path}/on")
        return ""

    async def read(self, wanted: Wanted) -> Seen:
        here = await self._here()
        if not here.get("enabled"):
            return Seen(0.0, "the environment is off")
        parameters = self._gradual(here).get("parameters")
        rollout = parameters.get("rollout") if isinstance(parameters, dict) else None
        return seen(rollout, "percent", "Unleash's strategy")

    async def _here(self) -> dict[str, Any]:
        found = await self._asking.get(self._path)
        if not isinstance(found, dict):
            raise FlagError("unexpected response from Unleash for the feature's environment")
        return found

    def _gradual(self, here: dict[str, Any]) -> dict[str, Any]:
        """The strategy that counts. Raises FlagError where it is not the only one that can turn the flag on."""
        found = here.get("strategies")
        active = [one for one in found or () if isinstance(one, dict) and not one.get("disabled")]
        wanted = [one for one in active if one.get("id") == self._strategy] if self._strategy else active
        if len(wanted) != 1:
            raise FlagError(
                f"Unleash's flag has {len(active)} active strategies here, and any of them turns it on; keep one "
                f"{GRADUAL}, or set it as `strategy`"
            )
        if wanted[0].get("name") != GRADUAL:
            raise FlagError(f"Unleash's strategy is {wanted[0].get('name')!r}; a percentage needs a {GRADUAL}")
        return wanted[0]

    async def close(self) -> None:
        await self._asking.close()


def build(flag: str, options: Mapping[str, object], context: Context) -> Setter:
    """Options: url, token, project (default), environment (production), key (the flag's name), strategy (the only
    one). Raises FlagError, SourceError."""
    given = options_of(flag, options).only("url", "token", "project", "environment", "key", "strategy", "timeout")
    url = entry.check(flag, asked(given, "url"))
    token = asked(given, "token")
    headers = {"Authorization": token, "Content-Type": "application/json", "Accept": "application/json"}
    access = Access(given.seconds("timeout", 10.0), headers, credentials="the API token")
    project, key = segment(asked(given, "project", "default")), segment(asked(given, "key", flag))
    environment = segment(asked(given, "environment", "production"))
    path = f"/api/admin/projects/{project}/features/{key}/environments/{environment}"
    return Unleash(Asking(url, access, (*context.secrets, token)), path, asked(given, "strategy", ""), shown(url))
