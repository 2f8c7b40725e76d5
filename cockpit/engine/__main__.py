"""`python -m cockpit.engine ROOT DEPLOY ENVIRONMENT BY`: started by a face, never by hand."""

import sys

from cockpit.engine.process import main

sys.exit(main(sys.argv[1:]))
