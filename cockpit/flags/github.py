"""`github`: a variable or a secret of GitHub Actions, set by `gh`. A secret cannot be read back by anybody.

The value goes over standard input: what stands in a command line everybody on the machine can read.
"""

from collections.abc import Mapping

from cockpit.flags.base import Context, Seen, Setter, Wanted
from cockpit.flags.options import asked, options_of
from cockpit.flags.program import Program, text_of
from cockpit.flags.values import seen


class GitHub:
    def __init__(self, setting: Program, reading: Program | None, how: str) -> None:
        self._setting = setting
        self._reading = reading
        self.how = how
        self.readable = reading is not None

    async def set(self, wanted: Wanted) -> str:
        await self._setting.run(wanted, text_of(wanted.value))
        return ""

    async def read(self, wanted: Wanted) -> Seen:
        if self._reading is None:
            return Seen(None, "a secret cannot be read back")
        return seen(await self._reading.run(wanted), wanted.form, "GitHub's variable")

    async def close(self) -> None:
        """Nothing outlives a setting."""


def build(flag: str, options: Mapping[str, object], context: Context) -> Setter:
    """Options: kind (variable or secret), name (the flag's, in capitals), repo, env, gh (the program). Raises
    FlagError, SourceError."""
    given = options_of(flag, options).only("kind", "name", "repo", "env", "gh", "timeout")
    kind = given.choice("kind", ("variable", "secret"), "variable")
    name = asked(given, "name", flag.upper().replace("-", "_"))
    if not name.replace("_", "a").isalnum() or not name.isascii() or name[0].isdigit():
        raise given.error("name", "must be letters, digits and underscores, as GitHub requires")
    where: list[str] = []
    for key in ("repo", "env"):
        if key in options:
            where += [f"--{key}={asked(given, key)}"]
    gh, timeout = asked(given, "gh", "gh"), given.seconds("timeout", 30.0)

    def of(verb: str) -> Program:
        # Braces in a name are no holes: `words` are filled in, so they are kept out of it by the check above.
        return Program(
            called=f"{gh} {kind} {verb}", words=(gh, kind, verb, name, *where), timeout=timeout, context=context
        )

    return GitHub(of("set"), of("get") if kind == "variable" else None, f"gh {kind} set {name}")
