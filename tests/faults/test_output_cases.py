"""Output of every kind, size and time, with real processes: the tables are in `outputs.py` and `floods.py`."""

from pathlib import Path

import pytest

from tests.faults import floods, output_cases, outputs
from tests.faults.world import Case
from tests.ui.log_world import HEIGHT, SIZE, World, screen


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in output_cases.cases()])
def test_what_a_script_says_is_on_disk_as_it_was_and_shown_without_harm(case: Case, tmp_path: Path) -> None:
    case(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in floods.long_cases()])
def test_output_of_a_gigabyte(case: Case, tmp_path: Path) -> None:
    case(tmp_path)


async def test_nothing_that_a_script_says_drives_the_screen_of_the_log_view(tmp_path: Path) -> None:
    """All of the table in one log, page by page on the screen itself."""
    log = tmp_path / "output.log"
    log.write_bytes(b"".join(output.raw.rstrip(b"\n") + b"\n" for output in outputs.TABLE if not output.secrets))
    app = World(log).app()
    async with app.run_test(size=SIZE) as pilot:
        seen = set()
        for _ in range(8):
            await pilot.pause()
            view = app.log_view
            seen |= set(screen(view))
            for segment in (one for y in range(HEIGHT) for one in view.render_line(y)):
                assert not any(ord(one) < 0x20 or 0x7F <= ord(one) < 0xA0 for one in segment.text)
            await pilot.press("pageup")
    assert {"abcde", "red and more", "usernimdax"} <= {line.strip("│| ") for line in seen}
