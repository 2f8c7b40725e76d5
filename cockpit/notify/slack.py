"""`slack`: an incoming webhook, or the Web API with a token, of Slack or of what speaks like it.

A webhook answers `ok` and no name for the message, so nothing can answer to it: threads need a token and a channel
(chat.postMessage, which gives `ts`).
"""

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from cockpit.external.http import Access, Answer, Client, HttpError, usable
from cockpit.notify.base import Context, Delivered, Message, Notifier, NotifyError
from cockpit.notify.options import seconds, text
from cockpit.text.masking import outside

API = "https://slack.com/api"
_TRY_AGAIN = frozenset({"ratelimited", "rate_limited", "internal_error", "service_unavailable", "fatal_error"})
"""Errors of the Web API after which nothing was posted."""


def escaped(words: str) -> str:
    """As Slack wants plain text: without these three characters no link, mention or `<!channel>` comes about."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Webhook:
    """Posts to an incoming webhook. The address is the secret."""

    def __init__(self, name: str, url: str, timeout: float, secrets: tuple[str, ...]) -> None:
        self._called = f"the webhook of {name}"
        self._url = url
        self._access = Access(timeout, {"Content-Type": "application/json"}, called=self._called)
        self._secrets = (*secrets, url)

    async def send(self, message: Message) -> Delivered:
        await post(self._url, self._access, {"text": escaped(message.text)}, self._secrets)
        return Delivered()


class Api:
    """Posts with a token: the first message of a deploy to the channel, the others as replies to it."""

    def __init__(self, name: str, api: str, token: str, channel: str, timeout: float, secrets: tuple[str, ...]) -> None:
        self._url = f"{api.rstrip('/')}/chat.postMessage"
        self._channel = channel
        headers = {"Content-Type": "application/json; charset=utf-8", "Authorization": f"Bearer {token}"}
        self._access = Access(timeout, headers, called=f"Slack ({name})", credentials="the bearer token")
        self._secrets = (*secrets, token)

    async def send(self, message: Message) -> Delivered:
        body = {"channel": self._channel, "text": escaped(message.text)}
        if message.thread:
            body["thread_ts"] = message.thread
        answer = await post(self._url, self._access, body, self._secrets)
        try:
            said = json.loads(answer.body)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise NotifyError(f"{self._access.called} does not respond like the Web API")
        if said.get("ok") is not True:
            error = str(said.get("error", "no reason given"))
            words = outside(error, self._secrets, 100)
            raise NotifyError(f"{self._access.called} refuses: {words}", retry=error in _TRY_AGAIN)
        return Delivered(outside(str(said.get("ts", "")), self._secrets, 100))


async def post(url: str, access: Access, body: Mapping[str, str], secrets: tuple[str, ...]) -> Answer:
    """POST as JSON, once; the answer where it is good (2xx). Raises NotifyError."""
    client = Client(url, access)
    try:
        answer = await client.ask("POST", body=json.dumps(body, ensure_ascii=False))
    except HttpError as error:
        words = str(error) if error.unreached else f"{error}; delivery unknown"
        raise NotifyError(words, retry=error.unreached) from None
    finally:
        await client.close()
    if 200 <= answer.status < 300:
        return answer
    if 300 <= answer.status < 400:
        # Not even on the same host: what comes after a POST is a GET without the text, for most of them.
        to = urlsplit(answer.location).hostname or "an unreadable URL"
        raise NotifyError(f"{access.called} redirects ({answer.status}) to {to}; redirects are not followed")
    said = outside(answer.body, secrets, 120)
    words = f"{access.called} returned {answer.status}" + (f": {said}" if said else "")
    raise NotifyError(words, retry=answer.status == 429 or answer.status >= 500, after=_wait(answer.retry_after))


def _wait(header: str) -> float | None:
    """Seconds of a Retry-After; None where it has none (a date is not worth the trouble: nobody sends one here)."""
    return float(header) if header.isascii() and header.isdigit() and len(header) < 9 else None


def build(name: str, options: Mapping[str, object], context: Context) -> Notifier:
    """Options: url (of an incoming webhook), or token and channel (and api). Raises NotifyError."""
    timeout = seconds(options)
    if options.get("token"):
        token, channel, api = text(options, "token"), text(options, "channel"), text(options, "api", API)
        if not usable(api):
            raise NotifyError("api is not a URL of the form http(s)://host[:port]/path")
        if not (token.isascii() and token.isprintable()):
            raise NotifyError("token contains a character that is not allowed in a header (a line break?)")
        return Api(name, api, token, channel, timeout, context.secrets)
    url = text(options, "url").strip()
    if not usable(url):
        raise NotifyError("url is not a URL of the form http(s)://host[:port]/path")
    return Webhook(name, url, timeout, context.secrets)
