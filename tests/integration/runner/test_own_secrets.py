"""What a step sets under the name or in the shape of a secret is masked in what the same step says behind that."""

from typing import Any

import pytest

from tests.integration.runner.helpers import Bench, Run

SECRET = "s3cr3t-made-here"
TOKEN = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"

SCRIPTS = [
    f"export API_TOKEN=$(printf %s {SECRET[:6]}; printf %s {SECRET[6:]})\necho $API_TOKEN\n",
    f"API_TOKEN={SECRET[:6]}\nAPI_TOKEN+={SECRET[6:]}; echo $API_TOKEN\n",
    f"read -r API_TOKEN < <(echo {SECRET[:6]}-)\nAPI_TOKEN=${{API_TOKEN%-}}{SECRET[6:]}\necho $API_TOKEN\n",
    f"if true; then\n  DB_PASSWORD=$(echo {SECRET[:6]}'{SECRET[6:]}')\n  echo $DB_PASSWORD\nfi\n",
    f"echo 'export DB_PASSWORD={SECRET[:6]}'{SECRET[6:]} >made\n. ./made\nbash -c 'echo $DB_PASSWORD'\n",
    f"for n in 1 2; do\n  NEW_SECRET={SECRET[:6]}{{}}$n\n  echo ${{NEW_SECRET/\\{{\\}}[0-9]/{SECRET[6:]}}} >/dev/null\n"
    f"  NEW_SECRET={SECRET[:6]}'{SECRET[6:]}'\n  echo $NEW_SECRET\ndone\n",
    f"declare -r API_TOKEN={SECRET[:6]}'{SECRET[6:]}'\necho $API_TOKEN\n",
    f"set -u; IFS=,; shopt -s nocasematch\nAPI_TOKEN={SECRET[:6].upper()}\n"
    f"API_TOKEN={SECRET[:6]}'{SECRET[6:]}'\necho $API_TOKEN\n",
]  # fmt: skip


async def _ran(bench: Bench, script: str, **more: Any) -> Run:
    run, ended = await bench.finish(
        script, carried=True, hand_on=(str(bench.root / "env"), str(bench.root / "state")), **more
    )
    assert ended.exit_status == 0, run.log
    return run


@pytest.mark.parametrize("script", SCRIPTS)
async def test_a_secret_that_a_step_sets_itself_is_masked_from_its_next_command_on(bench: Bench, script: str) -> None:
    run = await _ran(bench, script)
    assert b"[REDACTED]" in run.log
    assert SECRET.encode() not in run.log


async def test_a_credential_by_its_shape_is_masked_under_any_name(bench: Bench) -> None:
    run = await _ran(bench, f'value="$(echo {TOKEN[:9]}"{TOKEN[9:]}")"\necho "$value"\n')
    assert run.log == b"[REDACTED]\n"


async def test_what_was_there_before_is_not_told_again_and_plain_values_stay(bench: Bench) -> None:
    script = "echo $API_TOKEN $TOKENS_FILE\nTOKENS_FILE=$(echo here)\necho $TOKENS_FILE\n"
    run = await _ran(bench, script, env={"API_TOKEN": "as-it-was", "TOKENS_FILE": "there"})
    assert run.log == b"as-it-was there\nhere\n"
    assert not (bench.root / "state.seen").exists() or (bench.root / "state.seen").read_bytes().count(b"\n") == 1


async def test_the_script_sees_nothing_of_it(bench: Bench) -> None:
    """Its status, its trace and its later steps are those of a shell without it."""
    run = await _ran(
        bench, "API_TOKEN=made-by-this-step\necho $?\nfalse || echo $?\nAPI_TOKEN=x1234567\nset -x\n: one\n: two\n"
    )
    assert run.log.splitlines() == [b"0", b"1", b"+ : one", b"+ : two"]
    later = await _ran(bench, "compgen -v | grep -c __cockpit_seen || true\n")
    assert later.log != b""
    assert "__cockpit_seen" not in (bench.root / "state").read_text()
    assert (bench.root / "state.seen").stat().st_mode & 0o777 == 0o600
