"""The script of any backup as a stream: a plain one as it is or unpacked, an archive as pg_restore writes it."""

import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cockpit.backup.compressed import opened
from cockpit.backup.database import BackupError, program, said_by
from cockpit.backup.statements import Readable

ARCHIVES = ("archive", "directory", "compressed archive")
"""Kinds that pg_restore reads."""
_CHUNK = 1 << 20


@contextmanager
def script(path: Path, kind: str, *options: str, bin_dir: Path | None = None) -> Iterator[Readable]:
    """Open the script; behind its end, raises BackupError where pg_restore complained. May raise what the
    unpacking raises (OSError, EOFError, LZMAError, zlib.error)."""
    if kind not in ARCHIVES:
        with opened(path) as text:
            yield text
        return
    command = [tool("pg_restore", bin_dir), *(options or ("--no-owner", "--no-tablespaces")), "--file=-"]
    with archive(command, path, kind) as output:
        yield output


@contextmanager
def archive(command: Sequence[str], path: Path, kind: str) -> Iterator[IO[bytes]]:
    """What pg_restore writes about this archive. Raises BackupError with its complaint, where it was read to its
    end."""
    packed = kind == "compressed archive"
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            [*command, *([] if packed else [str(path)])],
            stdin=subprocess.PIPE if packed else subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said,
        )  # fmt: skip
        assert child.stdout is not None
        feeder = _Feeder(path, child) if packed else None
        ended = False
        try:
            yield child.stdout
            ended = not child.stdout.read(1)
        finally:
            child.stdout.close()
            if not ended:
                child.kill()
            status = child.wait()
            if feeder is not None:
                feeder.join()
        if feeder is not None and feeder.error is not None:
            raise feeder.error
        if ended and status:
            said.seek(0)
            raise BackupError(f"{path} cannot be read in full: {said_by(said.read(), status)}")


class _Feeder(threading.Thread):
    """Unpacks the file into pg_restore's input."""

    def __init__(self, path: Path, child: "subprocess.Popen[bytes]") -> None:
        super().__init__(daemon=True)
        self._path, self._child = path, child
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        assert self._child.stdin is not None
        try:
            with opened(self._path) as text, self._child.stdin as pipe:
                while chunk := text.read(_CHUNK):
                    pipe.write(chunk)
        except BrokenPipeError:
            pass  # pg_restore has what it needs, or has said why not
        except BaseException as error:
            self.error = error


def tool(name: str, bin_dir: Path | None) -> str:
    """Path of one of PostgreSQL's programs, of that folder where it is there. Raises BackupError."""
    own = bin_dir / name if bin_dir else None
    return str(own) if own and own.is_file() else program(name)
