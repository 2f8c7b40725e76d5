"""From the settings of a flag to its setter: every `env:NAME` replaced, in memory only."""

from collections.abc import Mapping
from typing import Any

from cockpit.engine.environment import Environment
from cockpit.flags import registry
from cockpit.flags.base import Context, FlagError, Setter
from cockpit.settings import Settings


def build_setter(settings: Settings, flag: str, environment: Environment, root: str) -> Setter:
    """The setter of `[flags.NAME]`. Raises FlagError where the settings cannot work here; it names the key, never a
    value."""
    table = settings.flags.get(flag)
    if table is None:
        raise FlagError(f"there is no [flags.{flag}] in the settings")
    options = {key: _resolved(environment, f"flags.{flag}.{key}", value) for key, value in table.options().items()}
    hidden = tuple(environment.values[name] for name in table.secret_variables() if name in environment.values)
    context = Context(root=root, values=environment.values, secrets=(*environment.secrets, *hidden))
    return registry.build(table.type, flag, options, context)


def _resolved(environment: Environment, where: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _resolved(environment, f"{where}.{key}", one) for key, one in value.items()}
    if isinstance(value, list):
        return [_resolved(environment, f"{where}[{place}]", one) for place, one in enumerate(value)]
    if not isinstance(value, str):
        return value
    try:
        return environment.resolve(value)
    except KeyError as error:
        raise FlagError(f"{where}: ${error.args[0]} is not set") from None
