"""The platform's control service: it owns the processes, the scripts ask it."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parents[2]


class PlatformError(Exception):
    """The platform refused or did not answer; the text is for a person."""


@dataclass(frozen=True)
class Platform:
    """Where the platform answers; read from `platform.json` beside the repository."""

    url: str
    token: str

    @classmethod
    def here(cls) -> "Platform":
        """The platform of this production. Raises PlatformError when there is none."""
        try:
            table = json.loads((HOME / "platform.json").read_text())
        except (OSError, ValueError) as error:
            raise PlatformError(f"no platform here: {error}") from error
        return cls(table["control"], table["token"])

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, wait: float = 30.0) -> dict[str, Any]:
        """One call; `wait` in seconds. Raises PlatformError with the platform's own words where it has some."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Authorization": self.token}, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=wait) as answer:  # noqa: S310  (loopback, from our own file)
                result: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            raise PlatformError(json.load(error)["error"]) from error
        except (OSError, ValueError) as error:
            raise PlatformError(f"no answer from the platform: {error}") from error
        return result
