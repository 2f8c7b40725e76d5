"""LaunchDarkly, Unleash and Flagsmith: small servers that speak their documented JSON."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from cockpit.flags.base import FlagError, Wanted
from tests.integration.flags.helpers import TOKEN, error_of, set_and_read, setter


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    one = HTTPServer(host="127.0.0.1", threaded=True)
    one.start()
    yield one
    one.stop()


def _url(server: HTTPServer) -> str:
    return f"http://127.0.0.1:{server.port}"


def _json(value: Any) -> Response:
    return Response(json.dumps(value), content_type="application/json")


class LaunchDarkly:
    """One flag of one project, as `GET /api/v2/flags/PROJECT/FLAG` shows it; takes semantic patches."""

    def __init__(self, server: HTTPServer) -> None:
        self.variations: list[dict[str, Any]] = [{"_id": "id-on", "value": True}, {"_id": "id-off", "value": False}]
        self.here: dict[str, Any] = {"on": False, "fallthrough": {"variation": 1}}
        self.patches: list[dict[str, Any]] = []
        self.token = TOKEN
        path = "/api/v2/flags/shop/checkout"
        server.expect_request(path, method="GET").respond_with_handler(self.get)
        server.expect_request(path, method="PATCH").respond_with_handler(self.patch)

    def get(self, request: Request) -> Response:
        if request.headers["Authorization"] != self.token:
            return Response(json.dumps({"message": f"bad token {TOKEN}"}), status=401)
        assert request.args["env"] == "production"
        return _json({"key": "checkout", "variations": self.variations, "environments": {"production": self.here}})

    def patch(self, request: Request) -> Response:
        assert "domain-model=launchdarkly.semanticpatch" in request.headers["Content-Type"]
        body = json.loads(request.get_data())
        self.patches.append(body)
        assert body["environmentKey"] == "production"
        for one in body["instructions"]:
            if one["kind"] in ("turnFlagOn", "turnFlagOff"):
                self.here["on"] = one["kind"] == "turnFlagOn"
            else:
                assert sum(one["rolloutWeights"].values()) == 100_000
                places = {variation["_id"]: place for place, variation in enumerate(self.variations)}
                weights = [{"variation": places[key], "weight": w} for key, w in one["rolloutWeights"].items()]
                self.here["fallthrough"] = {"rollout": {"variations": weights}}
        return _json({})


def _launchdarkly(server: HTTPServer, **more: Any) -> Any:
    return setter("launchdarkly", {"url": _url(server), "token": TOKEN, "project": "shop", **more})


async def test_launchdarkly_gets_weights_and_off_is_one_question(server: HTTPServer) -> None:
    far = LaunchDarkly(server)
    one = _launchdarkly(server)
    assert (await one.read(Wanted("checkout", 0.0))).percent == 0.0
    assert (await set_and_read(one, 12.5)).percent == 12.5
    kinds = [instruction["kind"] for instruction in far.patches[0]["instructions"]]
    assert kinds == ["updateFallthroughVariationOrRollout", "turnFlagOn"]
    assert far.patches[0]["instructions"][0]["rolloutWeights"] == {"id-on": 12_500, "id-off": 87_500}
    assert (await set_and_read(one, 100.0)).percent == 100.0
    far.variations = []
    await one.set(Wanted("checkout", 0.0))
    assert far.here["on"] is False, "off needs to know nothing of the variations"
    await one.close()


async def test_launchdarkly_by_another_value_and_a_flag_that_does_not_fit(server: HTTPServer) -> None:
    far = LaunchDarkly(server)
    far.variations = [{"_id": "a", "value": "old"}, {"_id": "b", "value": "new"}]
    one = _launchdarkly(server, on="new")
    assert (await set_and_read(one, 50.0)).percent == 50.0
    assert far.patches[-1]["instructions"][0]["rolloutWeights"] == {"b": 50_000, "a": 50_000}
    far.variations.append({"_id": "c", "value": "other"})
    assert "has 3 variations" in str(await error_of(one.set(Wanted("checkout", 50.0))))
    await one.close()


async def test_launchdarkly_that_does_not_let_us_in_is_said_without_the_token(server: HTTPServer) -> None:
    far = LaunchDarkly(server)
    far.token = "another"
    one = _launchdarkly(server)
    error = str(await error_of(one.read(Wanted("checkout", 0.0))))
    assert "returned 401: the access token not accepted" in error
    assert TOKEN not in error
    await one.close()


class Unleash:
    def __init__(self, server: HTTPServer) -> None:
        self.here: dict[str, Any] = {
            "enabled": False,
            "strategies": [{"id": "s1", "name": "flexibleRollout", "parameters": {"rollout": "100", "groupId": "x"}}],
        }
        self.asked: list[str] = []
        path = "/api/admin/projects/default/features/checkout/environments/production"
        server.expect_request(path, method="GET").respond_with_handler(lambda request: _json(self.here))
        server.expect_request(f"{path}/on", method="POST").respond_with_handler(lambda request: self.turn("on"))
        server.expect_request(f"{path}/off", method="POST").respond_with_handler(lambda request: self.turn("off"))
        server.expect_request(f"{path}/strategies/s1", method="PATCH").respond_with_handler(self.patch)

    def turn(self, word: str) -> Response:
        self.asked.append(word)
        self.here["enabled"] = word == "on"
        return _json({})

    def patch(self, request: Request) -> Response:
        (change,) = json.loads(request.get_data())
        assert (change["op"], change["path"]) == ("replace", "/parameters/rollout")
        assert isinstance(change["value"], str)
        self.asked.append(change["value"])
        self.here["strategies"][0]["parameters"]["rollout"] = change["value"]
        return _json({})


async def test_unleash_sets_the_rollout_before_it_turns_the_environment_on(server: HTTPServer) -> None:
    far = Unleash(server)
    one = setter("unleash", {"url": _url(server), "token": TOKEN})
    assert (await set_and_read(one, 5.0)).percent == 5.0
    assert far.asked == ["5", "on"], "on first would have been all users for a moment"
    assert (await set_and_read(one, 25.0)).percent == 25.0
    assert (await set_and_read(one, 0.0)).percent == 0.0
    assert far.asked == ["5", "on", "25", "off"]
    await one.close()


@pytest.mark.parametrize(
    ("strategies", "words"),
    [
        ([], "has 0 active strategies here"),
        ([{"id": "a", "name": "flexibleRollout"}, {"id": "b", "name": "default"}], "has 2 active strategies"),
        ([{"id": "a", "name": "default"}], "is 'default'; a percentage needs a flexibleRollout"),
    ],
)
async def test_unleash_with_other_strategies_is_not_touched(
    server: HTTPServer, strategies: list[dict[str, Any]], words: str
) -> None:
    far = Unleash(server)
    far.here["strategies"] = strategies
    one = setter("unleash", {"url": _url(server), "token": TOKEN})
    assert words in str(await error_of(one.set(Wanted("checkout", 5.0))))
    assert far.asked == []
    await one.close()


class Flagsmith:
    def __init__(self, server: HTTPServer) -> None:
        self.state: dict[str, Any] = {
            "id": 7,
            "feature": 12,
            "enabled": True,
            "feature_state_value": 0,
            "feature_segment": None,
            "identity": None,
            "multivariate_feature_state_values": [
                {"id": 3, "multivariate_feature_option": 4, "percentage_allocation": 0}
            ],
        }
        self.others: list[dict[str, Any]] = [{"id": 8, "feature_segment": 5, "identity": None}]
        path = "/api/v1/environments/env-key/featurestates/"
        server.expect_request(path, method="GET").respond_with_handler(self.get)
        server.expect_request(f"{path}7/", method="PUT").respond_with_handler(self.put)

    def get(self, request: Request) -> Response:
        assert request.args["feature_name"] == "checkout"
        assert request.headers["Authorization"] == f"Api-Key {TOKEN}"
        return _json({"count": 2, "results": [*self.others, self.state]})

    def put(self, request: Request) -> Response:
        self.state = json.loads(request.get_data())
        return _json(self.state)


@pytest.mark.parametrize("share", ["value", "variant"])
async def test_flagsmith_keeps_everything_else_of_the_state(server: HTTPServer, share: str) -> None:
    far = Flagsmith(server)
    options = {"url": _url(server), "token": TOKEN, "environment_key": "env-key", "share": share}
    one = setter("flagsmith", options)
    assert (await set_and_read(one, 25.0)).percent == 25.0
    assert (far.state["id"], far.state["feature"], far.state["enabled"]) == (7, 12, True)
    allocation = far.state["multivariate_feature_state_values"][0]
    assert allocation["multivariate_feature_option"] == 4
    assert (far.state["feature_state_value"], allocation["percentage_allocation"]) == (
        (25, 0) if share == "value" else (0, 25)
    )
    assert (await set_and_read(one, 0.0)).percent == 0.0
    assert far.state["enabled"] is False
    await one.close()


async def test_flagsmith_without_the_flag_says_so(server: HTTPServer) -> None:
    far = Flagsmith(server)
    far.others.append({**far.state, "id": 9})
    one = setter("flagsmith", {"url": _url(server), "token": TOKEN, "environment_key": "env-key"})
    assert "has 2 states of the flag 'checkout'" in str(await error_of(one.read(Wanted("checkout", 0.0))))
    await one.close()


@pytest.mark.parametrize("kind", ["launchdarkly", "unleash", "flagsmith"])
def test_a_token_is_needed(kind: str) -> None:
    with pytest.raises(FlagError, match="token must be a string and is missing"):
        setter(kind, {"url": "http://127.0.0.1:1"})
