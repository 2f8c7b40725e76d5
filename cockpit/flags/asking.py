"""One JSON question over HTTP to a flag server: who did not let us in, who does not know the flag, who hangs."""

import asyncio
import json
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from cockpit.external.http import Access, Answer, Client, HttpError, shown
from cockpit.flags.base import FlagError
from cockpit.metrics.answers import document, status_words
from cockpit.text.masking import outside


class Asking:
    """Asks one server, one question at a time. `secrets` are masked in what it says."""

    def __init__(self, base: str, access: Access, secrets: tuple[str, ...]) -> None:
        self._client = Client(base, access)
        self._base = base.rstrip("/")
        self._access = access
        self._secrets = secrets
        self._turn = asyncio.Lock()

    async def get(self, path: str = "", params: Mapping[str, str] | None = None) -> object:
        """The document. Raises FlagError."""
        answer = await self._ask("GET", path, params=params)
        try:
            return await document(answer, shown(self._base + path))
        except HttpError as error:
            raise FlagError(self._clean(str(error))) from None

    async def send(self, method: str, path: str = "", body: object = None) -> Answer:
        """Sent, and taken (2xx). Raises FlagError, `unknown` where it may have been taken."""
        return await self._ask(method, path, body=None if body is None else json.dumps(body), changes=True)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        body: str | None = None,
        params: Mapping[str, str] | None = None,
        changes: bool = False,
    ) -> Answer:
        where = shown(self._base + path)
        try:
            async with self._turn:
                answer = await self._client.ask(method, url=self._base + path, params=params, body=body)
        except HttpError as error:
            raise FlagError(self._clean(str(error)), unknown=changes and not error.unreached) from None
        if 200 <= answer.status < 300:
            return answer
        words = status_words(answer, where, self._access)
        if answer.status == 404:
            words += ": unknown flag, project or environment"
        said = self._clean(answer.body.strip(), 120) if answer.status not in (401, 403) else ""
        # What a server says of its own fault may come after it has done what it was asked for.
        raise FlagError(
            words + (f": {said}" if said else ""),
            unknown=changes and answer.status >= 500,
            retry_after=seconds_of(answer.retry_after),
        )

    def _clean(self, text: str, limit: int = 240) -> str:
        return outside(text, self._secrets, limit)

    async def close(self) -> None:
        await self._client.close()


def seconds_of(header: str) -> float:
    """`Retry-After`, as seconds or as a date; 0 where it says nothing that can be read."""
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0


def segment(text: str) -> str:
    """The text as one part of a path, whatever it holds."""
    return quote(text, safe="")
