"""What a browser may say to its app process, and what that process is given."""

import json
from pathlib import Path

import pytest

from cockpit.web.visitor import Visitor, clamp, environment


class _Told(Visitor):
    """Keeps what would be written to the process."""

    def __init__(self) -> None:
        self.told: list[tuple[bytes, bytes]] = []

        async def nowhere(data: bytes) -> None:
            raise AssertionError(data)

        super().__init__([], Path(), nowhere)

    async def _tell(self, letter: bytes, payload: bytes) -> None:
        self.told.append((letter, payload))


async def _hear(*said: object) -> tuple[list[tuple[bytes, bytes]], list[str | None]]:
    visitor = _Told()
    answers = [await visitor.hear(one if isinstance(one, str) else json.dumps(one)) for one in said]
    return visitor.told, answers


async def test_keys_sizes_and_the_focus_are_passed_on() -> None:
    told, _ = await _hear(["stdin", "ä\x1b[A"], ["resize", {"width": 100, "height": 30}], ["focus"], ["blur"])
    assert told[0] == (b"D", "ä\x1b[A".encode())
    assert [json.loads(payload) for _, payload in told[1:]] == [
        {"type": "resize", "width": 100, "height": 30},
        {"type": "focus"},
        {"type": "blur"},
    ]


async def test_a_ping_is_answered() -> None:
    assert await _hear(["ping", "123"]) == ([], ['["pong", "123"]'])


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("[" * 50_000, id="deep"),
        "",
        "nonsense",
        "[]",
        "{}",
        "null",
        '["quit"]',
        '["exit"]',
        '["stdin"]',
        '["stdin", 5]',
        '["stdin", "x", "y"]',
        '["resize", {}]',
        '["resize", [80, 24]]',
        '["deliver_chunk_request", {"key": "x", "size": 1}]',
        '["focus", {"type": "quit"}]',
        '[["stdin"], "x"]',
    ],
)
async def test_nonsense_is_not_heard(said: str) -> None:
    assert await _hear(said) == ([], [None])


async def test_half_a_character_is_passed_on_as_a_question_mark() -> None:
    told, _ = await _hear('["stdin", "\\ud800"]')
    assert told == [(b"D", b"?")]


@pytest.mark.parametrize(
    ("said", "size"),
    [
        (("120", "40"), (120, 40)),
        ((120, 40), (120, 40)),
        ((None, None), (80, 24)),
        (("x", "9e9"), (80, 24)),
        ((10**9, 10**9), (400, 200)),
        ((-5, 0), (20, 6)),
        ((float("inf"), float("nan")), (80, 24)),
        (([1], {}), (80, 24)),
    ],
)
def test_a_size_is_one_that_a_screen_may_have(said: tuple[object, object], size: tuple[int, int]) -> None:
    assert clamp(*said) == size


def test_the_secrets_of_the_deploy_are_not_in_the_environment_of_the_process() -> None:
    have = {
        "PATH": "/bin",
        "DATABASE_URL": "postgres://u:p@h/d",
        "TEXTUAL": "devtools",
        "LC_ALL": "C",
        "PYTHONPATH": "x",
    }
    given = environment(have, 100, 30)
    assert {name: given[name] for name in ("PATH", "LC_ALL", "PYTHONPATH")} == {
        "PATH": "/bin",
        "LC_ALL": "C",
        "PYTHONPATH": "x",
    }
    assert not {"DATABASE_URL", "TEXTUAL"} & set(given)
    assert (given["COLUMNS"], given["ROWS"]) == ("100", "30")
