"""Any bytes whatever: no crash, no hang, and the lines stay lines of the file."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.runbook.mojibake import repair
from cockpit.runbook.outline import outline, outline_text
from cockpit.runbook.parse import parse

PIECES = st.sampled_from([
    "# A\n", "## Roll back (T-5min)\n", "- [ ] box", "- [] b", "  * [x] c (`make x`)", "\n", "\n\n", "```bash\n",
    "```\n", "   ```console\n", "$ ls\n", "# Verify it\n", "# OR\n", 'echo "$X" <a-b>', "cat <<EOF\n", "EOF\n",
    "<!-- cockpit: ", "-->", " rollback choose-one at=T-1h ", "> ", "1. ", "\t", "---\n", "+++\n", "[[x y]]",
    "[a|b]", "'", '"', "`", "$(", ")", "{", "}", "{name=a timeout=9", "**Option 1: x**\n", "| a | b |\n|---|---|\n",
    "â€“", "\x85", "\u2028", "\x00", "\r", "T+1h ",
])  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=400))
def test_any_bytes_are_read(source: bytes) -> None:
    _well_formed(source)


@settings(deadline=None, max_examples=250)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_mixture_of_runbook_parts_is_read(source: str) -> None:
    _well_formed(source)


def _well_formed(source: bytes | str) -> None:
    runbook = parse(source)
    text = source if isinstance(source, str) else source.decode("utf-8", "replace")
    last = len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    places = [(section.id, section.line) for section in runbook.sections]
    places += [(item.id, item.line) for section in runbook.sections for item in section.items]
    places += [(step.id, step.line) for section in runbook.sections for step in section.steps]
    assert len({place[0] for place in places}) == len(places)
    assert all(1 <= line <= last for _, line in places)
    assert all(1 <= problem.line <= last for problem in runbook.problems)
    json.dumps(outline(runbook)).encode()
    assert outline_text(runbook).replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        (b"", ["empty"]),
        (b"\xef\xbb\xbf \r\n", ["empty"]),
        (b"# A\n\n- [ ] caf\xe9\n", ["not-utf-8"]),
        (b"# A\n\nonly words\n", ["no-actionable-section"]),
        (b"# A\n\n- [ ] fine\n", []),
    ],
)
def test_odd_files_are_told_and_read(source: bytes, codes: list[str]) -> None:
    assert [problem.code for problem in parse(source).problems] == codes


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    plain = b"# Go\n\n## Do\n\n```sh\nmake a\nmake b\n```\n"
    windows = b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n")
    assert outline(parse(windows)) == outline(parse(plain))


def test_a_script_with_broken_bytes_never_runs() -> None:
    runbook = parse(b"## Do\n\n```sh\nrm -r caf\xe9\n```\n")
    (step,) = runbook.sections[0].steps
    assert not step.runnable
    assert step.reason == "line 4 is not UTF-8, so it cannot run"


@pytest.mark.parametrize("text", ["→", "🚨 now", "naïve", "“quoted”", "Übung", "плохо", "日本"])
def test_double_encoded_text_is_repaired(text: str) -> None:
    assert repair(text.encode().decode("latin-1")) == text
    assert repair(text) == text


@pytest.mark.parametrize("text", ["SUPPRIMÉ…", "é", "50 €", "±5 °C", "Ñ", ""])
def test_sound_text_is_left_alone(text: str) -> None:
    assert repair(text) == text


def test_an_id_does_not_depend_on_damaged_characters() -> None:
    sound = "## Étape 2 — déployer\n\n- [ ] à faire\n"
    damaged = sound.encode().decode("latin-1")
    assert [s.id for s in parse(damaged).sections] == [s.id for s in parse(sound).sections]
    assert parse(damaged).sections[0].title == "Étape 2 — déployer"


def test_bash_is_asked_a_bounded_number_of_times() -> None:
    asked = []

    def check(script: str) -> str | None:
        asked.append(script)
        return "no"

    parse("".join(f"```sh\nif {n}\n```\n" for n in range(300)), check=check)
    assert len(asked) == 100
