"""Types of notices: built in, from an entry point, and whatever a plug-in may do wrong."""

import asyncio
from collections.abc import Mapping
from importlib.metadata import EntryPoint

import pytest

from cockpit.notify import delivery, registry
from cockpit.notify.base import Context, Delivered, Message, Notifier, NotifyError
from tests.integration.notify.helpers import MESSAGE, Sending


class Pigeon:
    """Does what its `loft` says."""

    def __init__(self, loft: str) -> None:
        self._loft = loft

    async def send(self, message: Message) -> Delivered:
        match self._loft:
            case "crash":
                raise RuntimeError("the key is s3cr3t")
            case "hang":
                await asyncio.Event().wait()
            case "later":
                raise NotifyError("not now", retry=True, after=2.0)
        return Delivered(f"to {self._loft}: {len(message.text)}")


def build(name: str, options: Mapping[str, object], context: Context) -> Notifier:
    loft = str(options.get("loft", ""))
    if loft == "broken":
        raise ValueError("the key is s3cr3t")
    if not loft:
        raise NotifyError("loft is missing")
    return Pigeon(loft)


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint("pigeon", f"{__name__}:build", registry.GROUP),
        EntryPoint("absent", "no_such_package:build", registry.GROUP),
        EntryPoint("slack", f"{__name__}:build", registry.GROUP),
    ]

    def entry_points(*, group: str, name: str | None = None) -> list[EntryPoint]:
        return [point for point in points if group == registry.GROUP and name in (None, point.name)]

    monkeypatch.setattr("cockpit.external.plugins.entry_points", entry_points)


async def test_a_plug_in_sends() -> None:
    assert registry.types() == ["absent", "command", "pigeon", "slack", "smtp"]
    outcome = await Sending().send("pigeon", {"loft": "north"})
    assert outcome.delivered is not None
    assert outcome.delivered.reference == f"to north: {len(MESSAGE.text)}"


async def test_a_plug_in_cannot_take_the_place_of_a_built_in_type() -> None:
    with pytest.raises(NotifyError, match="url is missing"):
        await Sending().send("slack", {"loft": "north"})


BROKEN = [
    ("pigeon", {}, "notices.team: loft is missing"),
    ("pigeon", {"loft": "broken"}, "failed: ValueError"),
    ("absent", {}, "failed: ModuleNotFoundError"),
    ("pigeno", {}, "no type of notices 'pigeno'; did you mean 'pigeon'?"),
]


@pytest.mark.parametrize(("kind", "options", "words"), BROKEN)
async def test_what_cannot_be_built_is_an_error_without_its_text(
    kind: str, options: dict[str, object], words: str
) -> None:
    with pytest.raises(NotifyError) as raised:
        await Sending().send(kind, options)
    assert words in str(raised.value)
    assert "s3cr3t" not in str(raised.value)


async def test_a_plug_in_that_crashes_tells_no_more_than_how() -> None:
    outcome = await Sending().send("pigeon", {"loft": "crash"})
    assert (outcome.attempts, outcome.reason) == (1, "the notifier failed: RuntimeError")


async def test_a_plug_in_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "LIMIT_SECONDS", 0.2)
    outcome = await Sending().send("pigeon", {"loft": "hang"})
    assert (outcome.attempts, outcome.reason) == (
        1, "timed out after 0.2 s; delivery unknown",
    )  # fmt: skip


async def test_a_plug_in_says_when_it_may_be_tried_again() -> None:
    sending = Sending()
    outcome = await sending.send("pigeon", {"loft": "later"})
    assert (outcome.attempts, outcome.reason, sending.pauses) == (3, "not now", [2.0, 4.0])
