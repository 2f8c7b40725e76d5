"""What the demo's new release does to its production, per scenario."""

from dataclasses import dataclass, field

# Not a fixed time in the code: how often, how long and how much are what the scenarios are about.
_ALL_PAGES = ("front", "orders", "delivery")


@dataclass(frozen=True)
class Scenario:
    """`behaviour` goes into the new release's release.toml (shares 0..1, seconds); `overlay` names a folder below
    `template/scenarios/` whose files the new release adds."""

    summary: str
    behaviour: dict[str, float] = field(default_factory=dict)
    pages: tuple[str, ...] = _ALL_PAGES
    overlay: str = ""
    running: dict[str, float] = field(default_factory=dict)
    """Behaviour of the release that runs already."""
    flag: str = ""
    """This flag is rolled out, instead of a deploy."""


SCENARIOS: dict[str, Scenario] = {
    "good": Scenario("a release without problems"),
    "errors": Scenario("12 % of customers get an error, the smoke test does not", {"error_share": 0.12}),
    "slow": Scenario("every fifth request takes 3 s longer", {"slow_share": 0.2, "slow_seconds": 3.0}),
    "pool": Scenario("database connections leak until almost none are left", {"leak_share": 0.2, "leak_until": 0.96}),
    "dead": Scenario("healthy for 3 s, then the process dies", {"dies_after": 3.0}),
    "failing-step": Scenario("a page is missing; the smoke test stops halfway", pages=("front", "orders")),
    "failing-migration": Scenario("a unique index meets duplicates", overlay="failing-migration"),
    "rollout": Scenario(
        "a flag goes to 5, 25, 50 and 100 %; at 50 % it breaches once and goes back automatically",
        running={"feature_fails_from": 50.0},
        flag="free_delivery",
    ),
}


def scenario(name: str) -> Scenario:
    """The scenario of that name. Raises KeyError with the names there are."""
    if name not in SCENARIOS:
        raise KeyError(f"no scenario {name!r}; known: {', '.join(SCENARIOS)}")
    return SCENARIOS[name]
