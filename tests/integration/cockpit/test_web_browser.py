"""The page in a real browser without a network: it draws, it hears keys, it asks nobody but the server."""

import pytest

from cockpit.web.server import ENDED
from tests.browser import CHROMIUM, browser
from tests.integration.cockpit.helpers import Repository
from tests.integration.cockpit.test_web import bakery, own_bakery, own_served, served
from tests.waiting import soon
from tests.web import Served

__all__ = ["bakery", "own_bakery", "own_served", "served"]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

OF_THE_MACHINE = "Automatic fallback to software WebGL"
"""A machine without a graphics card says so: that is not of the page."""


async def test_the_page_works_with_nothing_but_the_server(own_bakery: Repository, own_served: Served) -> None:
    before = own_bakery.state.seq
    async with browser() as open_page, open_page(1400, 900) as page:
        await page.go(own_served.address)
        await page.drawn()
        await soon(lambda: b"The oven is hot" in page.drawing, "the checklist")
        assert await page.value("document.title") == "bakery → production · cockpit"
        own = (f"{own_served.place}/", f"ws{own_served.place.removeprefix('http')}/ws?")
        assert [one for one in page.requested if not one.startswith((*own, "data:"))] == []
        assert [one for one in page.said if OF_THE_MACHINE not in one] == []
        assert await page.value("document.fonts.check('16px \"Roboto Mono\"')")
        # Acting keys, then one that looks: what it shows has come after them.
        for key in (" ", "Enter", "R", "x", "C", "e", "?"):
            await page.press(key)
        await soon(lambda: b"focus the checklist and steps" in page.drawing, "the keys")
        assert b"asks what becomes" not in page.drawing
        assert own_bakery.state.seq == before

        own_served.stop()
        await page.until("document.body.classList.contains('-closed')", "the end")
        assert await page.value("document.getElementById('said').textContent") == ENDED
        assert await page.value("getComputedStyle(document.getElementById('cover')).display") == "flex"
        assert await page.value("document.getElementById('again').hidden") is False


async def test_a_phone_has_keys_to_tap_and_the_whole_width(served: Served) -> None:
    async with browser() as open_page, open_page(390, 844, phone=True) as page:
        await page.go(served.address)
        await page.drawn()
        (line,) = (one for one in page.requested if "/ws?" in one)
        columns = int(line.partition("width=")[2].partition("&")[0])
        assert columns >= 60
        assert await page.value("document.querySelector('.xterm-screen').getBoundingClientRect().right") <= 390
        await page.value("document.querySelector('[data-key=l]').click()")
        await soon(lambda: b"Story" in page.drawing, "the story")


async def test_an_address_without_its_token_says_where_the_whole_one_is(served: Served) -> None:
    async with browser() as open_page, open_page(800, 600) as page:
        await page.go(f"{served.place}/?token=of-yesterday")
        await page.until("document.body.textContent.includes('The full URL is in the terminal')", "the words")
        assert served.screens == []
