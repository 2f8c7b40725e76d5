"""`flagsmith`: its admin API; the percentage is the flag's value, or the share of its one variant.

https://docs.flagsmith.com (feature states of an environment). Off takes `enabled` away and leaves the rest.
"""

from collections.abc import Mapping
from typing import Any

from cockpit.external.http import Access, shown
from cockpit.flags.asking import Asking, segment
from cockpit.flags.base import Context, FlagError, Seen, Setter, Wanted
from cockpit.flags.options import asked, options_of
from cockpit.flags.values import seen
from cockpit.metrics import access as entry

API = "https://api.flagsmith.com"
_SHARES = "multivariate_feature_state_values"


class Flagsmith:
    """`share`: how the percentage is kept: `value`, `variant`, or `enabled` alone (of a switch)."""

    def __init__(self, asking: Asking, path: str, key: str, share: str, where: str) -> None:
        self._asking = asking
        self._path = path
        self._key = key
        self._share = share
        self.how = f"Flagsmith: {where}, flag {key}"
        self.readable = True

    async def set(self, wanted: Wanted) -> str:
        state = await self._state()
        changed = {**state, "enabled": wanted.percent > 0}
        if wanted.percent > 0 and self._share == "value":
            changed["feature_state_value"] = wanted.number
        elif wanted.percent > 0 and self._share == "variant":
            changed[_SHARES] = [{**self._variant(state), "percentage_allocation": wanted.number}]
        await self._asking.send("PUT", f"{self._path}{segment(str(state.get('id')))}/", changed)
        return ""

    async def read(self, wanted: Wanted) -> Seen:
        state = await self._state()
        if not state.get("enabled"):
            return Seen(0.0, "not enabled")
        if self._share == "enabled":
            return Seen(100.0, "enabled")
        if self._share == "variant":
            return seen(self._variant(state).get("percentage_allocation"), "percent", "Flagsmith's variant")
        value = state.get("feature_state_value")
        return seen(value, "percent", "Flagsmith's value")

    async def _state(self) -> dict[str, Any]:
        """The environment's own state of the flag: no segment's, no identity's. Raises FlagError."""
        found = await self._asking.get(self._path, {"feature_name": self._key})
        listed = found.get("results") if isinstance(found, dict) else None
        own = [
            one
            for one in listed or ()
            if isinstance(one, dict) and one.get("feature_segment") is None and one.get("identity") is None
        ]
        if len(own) != 1:
            raise FlagError(
                f"Flagsmith has {len(own)} states of the flag {self._key!r} in this environment; exactly one is "
                "required"
            )
        return own[0]

    def _variant(self, state: dict[str, Any]) -> dict[str, Any]:
        variants = state.get(_SHARES)
        if not isinstance(variants, list) or len(variants) != 1 or not isinstance(variants[0], dict):
            count = len(variants) if isinstance(variants, list) else 0
            raise FlagError(f"Flagsmith's flag has {count} variants; a percentage needs exactly one")
        return variants[0]

    async def close(self) -> None:
        await self._asking.close()


def build(flag: str, options: Mapping[str, object], context: Context) -> Setter:
    """Options: token, environment_key, key (the flag's name), share (value; or variant, enabled), url. Raises
    FlagError, SourceError."""
    given = options_of(flag, options).only("token", "environment_key", "key", "share", "url", "timeout")
    url = entry.check(flag, asked(given, "url", API))
    token = asked(given, "token")
    headers = {"Authorization": f"Api-Key {token}", "Content-Type": "application/json", "Accept": "application/json"}
    access = Access(given.seconds("timeout", 10.0), headers, credentials="the API key")
    path = f"/api/v1/environments/{segment(asked(given, 'environment_key'))}/featurestates/"
    share = given.choice("share", ("value", "variant", "enabled"), "value")
    secrets = (*context.secrets, token)
    return Flagsmith(Asking(url, access, secrets), path, asked(given, "key", flag), share, shown(url))
