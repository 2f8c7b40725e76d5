"""From the settings of a flag to its setter: every `env:NAME` replaced, in memory only."""

from cockpit.engine.config.environment import Environment, resolved
from cockpit.flags import registry
from cockpit.flags.base import Context, FlagError, Setter
from cockpit.settings.load import Settings


def build_setter(settings: Settings, flag: str, environment: Environment, root: str) -> Setter:
    """The setter of `[flags.NAME]`. Raises FlagError where the settings cannot work here; it names the key, never a
    value."""
    table = settings.flags.get(flag)
    if table is None:
        raise FlagError(f"no [flags.{flag}] in the settings")
    try:
        options = {key: resolved(environment, f"flags.{flag}.{key}", value) for key, value in table.options().items()}
    except LookupError as error:
        raise FlagError(str(error)) from None
    hidden = tuple(environment.values[name] for name in table.secret_variables() if name in environment.values)
    context = Context(root=root, values=environment.values, secrets=(*environment.secrets, *hidden))
    return registry.build(table.type, flag, options, context)
