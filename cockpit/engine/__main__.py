"""`python -m cockpit.engine ROOT DEPLOY ENVIRONMENT BY BECAUSE`: started by a face's watchdog, never by hand."""

import asyncio
import sys
from pathlib import Path

from cockpit.engine.process.main import run_engine
from cockpit.paths import Layout

root, deploy_id, environment, by, because = sys.argv[1:]
sys.exit(asyncio.run(run_engine(Layout(Path(root)), deploy_id, environment, by, because)))
