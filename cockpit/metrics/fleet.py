"""Several `/metrics` targets as one service: scraped together, their growth added up."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cockpit.external.http import Client, HttpError, shown
from cockpit.metrics.answers import status_words
from cockpit.metrics.exposition import ExpositionError, Names, Scrape, Selector, parse
from cockpit.metrics.rates import Increments, Target, Window


@dataclass(frozen=True)
class Look:
    """One scrape of all: the pages that could be read, what grew in the window, who is silent, and why no growth can be
    told (several processes answer one address in turn)."""

    scrapes: Sequence[Scrape]
    grown: Increments | None
    silent: Sequence[str]
    turns: str = ""


class Fleet:
    """`least`: how many targets must answer for the rest to be believed without the others."""

    def __init__(
        self, clients: Sequence[Client], names: Names, selectors: Collection[Selector], window: float, least: int
    ) -> None:
        self._clients = clients
        self._targets = [Target() for _ in clients]
        self._names = names
        self._selectors = selectors
        self._window = Window(window)
        self._least = least
        self._scraped: float | None = None
        self._failed = False

    async def look(self, now: float) -> Look | str:
        """Scrape every target once; in words which one failed, where too few answered."""
        results = await asyncio.gather(*map(self._scrape, self._clients))
        silent = [result for result in results if isinstance(result, str)]
        if len(results) - len(silent) < self._least:
            self._failed = True
            return silent[0] + (f" ({len(silent)} of {len(results)} targets failed)" if len(silent) > 1 else "")
        self._advance(results, now)
        turns = next((self._in_turn(at) for at, target in enumerate(self._targets) if target.turns), "")
        if turns:
            self._window.clear()  # what was counted meanwhile is neither process's growth
        return Look([one for one in results if isinstance(one, Scrape)], self._window.total(), silent, turns)

    def _in_turn(self, at: int) -> str:
        told = f"{shown(self._clients[at].url)}: {self._targets[at].turns}"
        return f"{told}. Scrape each instance (urls = [...]), or let Prometheus add them up"

    async def close(self) -> None:
        for client in self._clients:
            await client.close()

    async def _scrape(self, client: Client) -> Scrape | str:
        """The page's counters, or in words why there are none."""
        where = shown(client.url)
        try:
            answer = await client.ask()
            if answer.status != 200:
                return status_words(answer, where, client.access)
            # A large page takes a second to parse, and the engine has other things to do.
            scrape = await asyncio.to_thread(parse, answer.body, answer.kind, self._names, self._selectors)
        except HttpError as error:
            return str(error)
        except ExpositionError as error:
            return f"{where}: {error}"
        scrape.missing = {family: f"{where}: {words}" for family, words in scrape.missing.items()}
        return scrape

    def _advance(self, results: Sequence[Scrape | str], now: float) -> None:
        if self._scraped is not None and now - self._scraped > self._longest():
            # The difference would mix what is long gone with what is now: begin again.
            self._targets = [Target() for _ in self._clients]
            self._window.clear()
            self._scraped = None
        before, self._scraped, self._failed = self._scraped, now, False
        spans: list[Increments] = []
        for at, result in enumerate(results):
            if not isinstance(result, Scrape):
                continue
            last = self._targets[at].last
            if before is not None and last is not None and last < before and now - last > self._window.seconds:
                self._targets[at] = Target()  # was silent for longer than a window: what it did then is not now
            span = self._targets[at].advance(result, now)
            if span is not None:
                spans.append(span)
        if spans and before is not None:
            merged = Increments(before, now)
            for span in spans:
                merged.add(span)
            self._window.add(merged)

    def _longest(self) -> float:
        """The longest time between two scrapes that still gives a figure: a slow rhythm is the settings' choice, a gap
        after failures is not."""
        return self._window.seconds if self._failed else max(3 * self._window.seconds, 60.0)
