"""The settings' table of a place that notices go to. Secrets never stand in it: it names where they come from."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cockpit.deploy.notices.subscriptions import DEFAULT
from cockpit.settings.types import Duration
from cockpit.text.suggest import meant

Kind = Literal["pre_deploy", "post_deploy", "rollback", "rollout", "message"]

Event = Literal["trigger", "rollback", "failed", "waiting", "held", "done"]

SOURCES = ("env:", "file:", "command:")
SECRET = ("url", "token", "password")
"""Keys whose value is a secret: an address that anybody who has it can post to is one."""
_COMMON = ("type", "kinds", "on", "timeout")
_OF_TYPE: dict[str, tuple[str, ...]] = {
    "slack": ("url", "token", "channel", "api"),
    "smtp": ("host", "port", "from", "to", "username", "password", "tls"),
    "command": ("command",),
}


class NoticeSettings(BaseModel):
    """A place that notices go to. Keys of a type from an entry point are its own."""

    model_config = ConfigDict(extra="allow", frozen=True)
    type: str = Field(description="slack, smtp, command, or the name of an entry point `cockpit.notifiers`")
    kinds: list[Kind] = Field(default_factory=list, description="notices sent there by default; empty: all")
    on: list[Event] | None = Field(
        None,
        description="sent automatically: trigger, rollback, failed, waiting, held, done; default: the first three, or "
        "none if kinds omits rollback",
    )
    timeout: Duration = Field(10.0, gt=0, le=600, description="for one attempt")
    url: str | None = Field(None, description='slack: incoming webhook, "env:NAME", "file:PATH" or "command:..."')
    token: str | None = Field(None, description="slack: token of an app, for replies in a thread; same forms as `url`")
    channel: str | None = Field(None, description='slack, with a token: "#deploys" or an id')
    api: str | None = Field(None, description="slack, with a token: another server that speaks its Web API")
    host: str | None = Field(None, description="smtp: the server")
    port: int | None = Field(None, ge=1, le=65535, description="smtp: default 587, 465 with tls, 25 without")
    from_: str | None = Field(None, alias="from", description="smtp: sender")
    to: list[str] | str | None = Field(None, description="smtp: recipients")
    username: str | None = Field(None, description="smtp: login")
    password: str | None = Field(None, description="smtp: same forms as `url`")
    tls: Literal["starttls", "tls", "none"] | None = Field(None, description="smtp: default starttls")
    command: str | None = Field(None, description="command: for `sh -c`; the text is on its standard input")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        given = self.options()
        known = _OF_TYPE.get(self.type)
        if known is not None:
            for key in given:
                if key not in known:
                    there = (*known, *_COMMON)
                    hint = meant(key, there, f"known: {', '.join(there)}")
                    raise ValueError(f"{key} is not a key of type {self.type!r}; {hint}")
        for key in SECRET:
            value = given.get(key)
            if value is not None and not str(value).startswith(SOURCES):
                # The value itself is not repeated: it may be the secret.
                raise ValueError(
                    f'{key} is a secret and must not be stored here. Use {key} = "env:NAME" ("file:PATH", '
                    '"command:...")'
                )
        missing = self._missing(given)
        if missing:
            raise ValueError(missing)
        return self

    def _missing(self, given: dict[str, Any]) -> str:
        """What this type cannot do without, in words."""
        if self.type == "slack":
            if ("url" in given) == ("token" in given):
                return 'needs url (a webhook), or token and channel (an app, for threads): url = "env:SLACK_WEBHOOK"'
            return "" if "url" in given or "channel" in given else "token needs a channel"
        if self.type == "smtp":
            lacks = [key for key in ("host", "from", "to") if not given.get(key)]
            if lacks:
                return f"{lacks[0]} is missing"
            if ("username" in given) != ("password" in given):
                return "username and password go together"
            return (
                "a password needs TLS, or it could be read in transit"
                if given.get("tls") == "none" and ("password" in given)
                else ""
            )
        return "command is missing" if self.type == "command" and not (self.command or "").strip() else ""

    def options(self) -> dict[str, Any]:
        """The keys that were given, other than those that all types have."""
        given = self.model_dump(by_alias=True, exclude_none=True)
        return {key: value for key, value in given.items() if key not in _COMMON}

    def hears(self) -> tuple[str, ...]:
        """What goes there by itself. A place that is named for announcements alone (customers) is not told of a trigger
        unless it says so."""
        if self.on is not None:
            return tuple(dict.fromkeys(self.on))
        return DEFAULT if not self.kinds or "rollback" in self.kinds else ()

    def where(self) -> str:
        """What the file says openly about where it leads."""
        if self.type == "smtp":
            return ", ".join([self.to] if isinstance(self.to, str) else self.to or [])
        return self.channel or ""
