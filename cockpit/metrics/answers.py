"""From an HTTP answer to a JSON document, or in words why not."""

import asyncio
import json

from cockpit.external.http import Access, Answer, HttpError
from cockpit.text.masking import outside

_LARGE = 256 * 1024


def status_words(answer: Answer, where: str, access: Access) -> str:
    """What a status other than 2xx means."""
    if answer.status in (401, 403):
        return f"{where} returned {answer.status}: {access.credentials or 'no credentials'} not accepted"
    if 300 <= answer.status < 400:
        leads = f" and redirects to {answer.location}" if answer.location else ""
        return f"{where} returned {answer.status}{leads}; redirects are not followed"
    return f"{where} returned {answer.status}"


async def document(answer: Answer, where: str) -> object:
    """The body as JSON. Raises HttpError: it is HTML, is cut off, is none."""
    try:
        if len(answer.body) > _LARGE:
            # A large one takes a while to read, and the engine has other things to do.
            return await asyncio.to_thread(json.loads, answer.body)
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise HttpError(f"{where} {_not_json(answer, error)}") from None


def _not_json(answer: Answer, error: Exception) -> str:
    body = answer.body.strip()
    if not body:
        return "returned nothing"
    if body[:1] == "<" or "html" in answer.kind:
        return "returned HTML (a login page?), not JSON"
    if isinstance(error, json.JSONDecodeError) and body[:1] in "{[" and error.pos >= len(answer.body.rstrip()) - 1:
        return f"returned JSON truncated after {len(answer.body)} characters"
    if isinstance(error, json.JSONDecodeError) and error.msg.startswith("Unterminated string") and body[:1] in "{[":
        return f"returned JSON truncated after {len(answer.body)} characters"
    return f"returned text that is not JSON: {outside(body, limit=60)!r}"
