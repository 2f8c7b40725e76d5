"""Whether an engine serves a deploy on this machine."""

import socket

from cockpit.paths import Layout


def engine_alive(layout: Layout, deploy_id: str) -> bool:
    """True where a socket answers."""
    path = layout.socket(deploy_id)
    if not path.exists():
        return False
    probe = socket.socket(socket.AF_UNIX)
    probe.settimeout(2)
    try:
        probe.connect(str(path))
    except OSError:
        return False
    finally:
        probe.close()
    return True
