"""The journal's file: which one it is, and its name in SQLite's words."""

from pathlib import Path


def identity(path: Path) -> tuple[int, int]:
    """Device and inode; zeros where nothing is there."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_dev, found.st_ino)


def read_uri(path: Path) -> str:
    """SQLite's name for the file, to be opened for reading only."""
    quoted = str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    return f"file:{quoted}?mode=ro"
