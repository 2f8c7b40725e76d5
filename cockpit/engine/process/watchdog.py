"""The engine's own small supervisor: brings back an engine that died while nobody was attached. Standard library only.

Started as `python -I -S watchdog.py FOLDER COMMAND...` by a face; its first engine speaks with that face through the
pipe that both inherited. An engine that ends in order (its exit status says so) ends the watchdog too. Every death is
written to `engine.log`, and the next engine is told, so that it stands in the journal.
"""

import os
import signal
import subprocess
import sys
import time

ORDERLY = (0, 4, 5)
"""Done or asked to stop; could not start and said why; another engine holds the environment."""
MOST = 3
WINDOW_SECONDS = 600.0
GAVE_UP = "gave-up"
"""File in the deploy's folder: why there is no engine any more, for the next one that a person starts."""


def main(argv: list[str]) -> int:
    folder, command = argv[0], argv[1:]
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    deaths: list[float] = []
    because = ""
    while True:
        engine = subprocess.Popen([*command, because], stdin=subprocess.DEVNULL)
        signal.signal(signal.SIGTERM, lambda *_, engine=engine: engine.terminate())
        if not because:
            # The face waits for the end of this pipe where the engine dies without a word.
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.close(null)
        status = engine.wait()
        if status in ORDERLY:
            return status
        now = time.monotonic()
        deaths = [*(death for death in deaths if now - death < WINDOW_SECONDS), now]
        how = f"was killed by signal {-status}" if status < 0 else f"exited with status {status}"
        because = f"engine {engine.pid} {how} at {time.strftime('%H:%M:%S UTC', time.gmtime())}"
        if len(deaths) > MOST:
            because += f"; its watchdog had started {MOST} engines in {WINDOW_SECONDS / 60:g} minutes and gave up"
            say(because)
            with open(os.path.join(folder, GAVE_UP), "w") as file:  # noqa: PTH118, PTH123 - few imports, started often
                file.write(because)
            return 1
        because += f"; its watchdog started this one ({len(deaths)} of {MOST} in {WINDOW_SECONDS / 60:g} minutes)"
        say(because)
        time.sleep(0.2 * len(deaths))


def say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S UTC', time.gmtime())} watchdog {os.getpid()}: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
