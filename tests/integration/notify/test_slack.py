"""`slack` against a real HTTP server: taken, tried again, given up; nothing of the address in any word."""

import json
import socket
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from cockpit.notify.base import NotifyError
from tests.integration.notify.helpers import MESSAGE, SECRET, Sending
from tests.loopback import Answer, Hook, hook


@pytest.fixture
def far() -> Iterator[Hook]:
    with hook() as server:
        yield server


async def test_a_webhook_gets_the_text_and_nothing_in_it_calls_anybody(far: Hook) -> None:
    sending = Sending()
    outcome = await sending.send("slack", {"url": far.url()})
    assert outcome.delivered is not None
    assert (outcome.attempts, outcome.delivered.reference, sending.pauses) == (1, "", [])
    (post,) = far.posts
    assert post.body == {"text": "Deploy of web\nfix &lt;!channel&gt; &amp; &lt;@U1&gt;\n"}
    assert post.headers["Content-Type"] == "application/json"


AGAIN = [
    ([Answer(500, "oops")], 2, [1.0]),
    ([Answer(503), Answer(500)], 3, [1.0, 4.0]),
    ([Answer(429, headers={"Retry-After": "7"})], 2, [7.0]),
    ([Answer(429, headers={"Retry-After": "0"})], 2, [1.0]),
    ([Answer(429, headers={"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"})], 2, [1.0]),
]


@pytest.mark.parametrize(("answers", "attempts", "pauses"), AGAIN)
async def test_what_may_be_tried_again_is(far: Hook, answers: list[Answer], attempts: int, pauses: list[float]) -> None:
    far.answers = list(answers)
    sending = Sending()
    outcome = await sending.send("slack", {"url": far.url()})
    assert outcome.delivered is not None
    assert (outcome.attempts, sending.pauses, len(far.posts)) == (attempts, pauses, attempts)


NEVER = [
    (Answer(404, "no_service"), 1, "returned 404: no_service"),
    (Answer(403, "invalid_token token=abcdefgh"), 1, "returned 403: invalid_token token=***"),
    (Answer(400, "\x1b[2Jx\r\ny" + "z" * 5000), 1, "returned 400: x yzzz"),
    (Answer(500, "still"), 3, "returned 500: still"),
    (Answer(429, headers={"Retry-After": "3600"}), 1, "it asks to retry after 3600 s, which is up to you"),
]


@pytest.mark.parametrize(("answer", "posts", "words"), NEVER, ids=lambda one: str(one)[:20])
async def test_what_may_not_is_given_up_in_words(far: Hook, answer: Answer, posts: int, words: str) -> None:
    far.always = answer
    outcome = await Sending().send("slack", {"url": far.url()})
    assert outcome.delivered is None
    assert words in outcome.reason
    assert outcome.reason.startswith("the webhook of team")
    assert (len(far.posts), outcome.attempts) == (posts, posts)
    assert SECRET not in outcome.reason
    assert "\x1b" not in outcome.reason
    assert len(outcome.reason) < 250


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_named_and_not_followed(far: Hook, status: int) -> None:
    with hook() as elsewhere:
        far.always = Answer(status, headers={"Location": elsewhere.url("/stolen").replace("127.0.0.1", "localhost")})
        outcome = await Sending().send("slack", {"url": far.url()})
        assert f"redirects ({status}) to localhost; redirects are not followed" in outcome.reason
        assert elsewhere.posts == []
        assert len(far.posts) == 1


async def test_a_server_that_hangs_is_not_asked_twice_because_nobody_knows(far: Hook) -> None:
    far.always = Answer(hang=True)
    outcome = await Sending().send("slack", {"url": far.url(), "timeout": 0.3})
    assert outcome.attempts == 1
    assert outcome.reason == "no answer from the webhook of team within 0.3 s; delivery unknown"


async def test_nobody_at_home_is_tried_three_times() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        sending = Sending()
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/{SECRET}"
        outcome = await sending.send("slack", {"url": url})
    assert (outcome.attempts, sending.pauses) == (3, [1.0, 4.0])
    assert outcome.reason == "connection refused by the webhook of team"


def _ok(ts: str) -> Answer:
    return Answer(200, json.dumps({"ok": True, "channel": "C1", "ts": ts}))


async def test_with_a_token_the_first_message_opens_a_thread_and_the_next_answers_to_it(far: Hook) -> None:
    options = {"token": "xoxb-the-token", "channel": "#deploys", "api": far.url("/api")}
    far.answers = [_ok("1795359300.000100"), _ok("1795359400.000200")]
    first = await Sending().send("slack", options)
    assert first.delivered is not None
    assert first.delivered.reference == "1795359300.000100"
    second = await Sending().send("slack", options, replace(MESSAGE, text="done", thread="1795359300.000100"))
    assert second.delivered is not None
    one, two = far.posts
    assert (one.path, two.path) == ("/api/chat.postMessage", "/api/chat.postMessage")
    assert one.headers["Authorization"] == "Bearer xoxb-the-token"
    assert (one.body["channel"], one.body.get("thread_ts")) == ("#deploys", None)
    assert two.body == {"channel": "#deploys", "text": "done", "thread_ts": "1795359300.000100"}


API = [
    ('{"ok": false, "error": "channel_not_found"}', 1, "refuses: channel_not_found"),
    ('{"ok": false, "error": "internal_error"}', 3, "refuses: internal_error"),
    ('{"ok": false, "error": "\\u001b[2J xoxb-the-token"}', 1, "refuses: ***"),
    ('{"ok": "yes"}', 1, "refuses: no reason given"),
    ("<html>", 1, "does not respond like the Web API"),
    ("[]", 1, "does not respond like the Web API"),
]


@pytest.mark.parametrize(("body", "attempts", "words"), API)
async def test_the_api_says_no_with_status_200(far: Hook, body: str, attempts: int, words: str) -> None:
    far.always = Answer(200, body)
    options = {"token": "xoxb-the-token", "channel": "#deploys", "api": far.url("/api")}
    outcome = await Sending().send("slack", options)
    assert outcome.attempts == attempts
    assert words in outcome.reason
    assert "xoxb-the-token" not in outcome.reason


OPTIONS = [
    ({"url": "not a URL"}, "url is not a URL"),
    ({"url": "ftp://x/y"}, "url is not a URL"),
    ({"url": ""}, "url is missing"),
    ({"token": "a\nb", "channel": "#x"}, "token contains a character"),
    ({"token": "abcd", "channel": "#x", "api": "nowhere"}, "api is not a URL"),
    ({"url": "https://h/x", "timeout": 0}, "timeout must be"),
]


@pytest.mark.parametrize(("options", "words"), OPTIONS)
async def test_options_that_cannot_work_are_refused_without_their_value(options: dict[str, object], words: str) -> None:
    with pytest.raises(NotifyError, match=words) as raised:
        await Sending().send("slack", options)
    assert "abcd" not in str(raised.value)
