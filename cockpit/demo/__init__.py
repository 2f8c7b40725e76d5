"""A small real production on loopback: a repository, a service, a database, customers. `build()` makes one."""

from cockpit.demo.production import BuildError, Production, build
from cockpit.demo.scenarios import SCENARIOS

__all__ = ["SCENARIOS", "BuildError", "Production", "build"]
