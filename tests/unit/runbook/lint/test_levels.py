"""Thresholds in lists, tables and lines, and SQL in fences."""

import pytest

from cockpit.runbook.lint import sql
from tests.unit.runbook.lint import codes

BACK = "\n\n## Rollback\n\nBy hand.\n\n- [ ] x\n"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("- Errors (<0.1% baseline)\n  - Watch >1%\n  - Alert: 2x baseline", [3]),
        ("- Errors (<1% baseline)\n  - Watch >1.5%\n  - Alert: 2x baseline", []),
        ("Warn at 5 %, page at 2 %.", [1]),
        ("Warn at 2 %, page at 5 %.", []),
        ("- P95: warn >500ms, alert >2s", []),
        ("- P95: warn >3s, alert >500ms", [1]),
        ("- Success rate: warn <99%, alert <95%", []),
        ("- Success rate: warn <95%, alert <99%", [1]),
        ("- Disk: warn >80%, alert after 5s", []),
        ("| metric | watch | alert |\n| --- | --- | --- |\n| cpu | 90 % | 80 % |\n| memory | 80 % | 90 % |", [3]),
        ("| metric | what |\n| --- | --- |\n| cpu | 90 % |", []),
        ("- Error rate\n  - Alert: >5%\n\n## Rollback triggers\n\n- Error rate >3%", [6]),
        ("- Error rate\n  - Alert: >5%\n\n## Rollback triggers\n\n- Error rate >5%", []),
        ("Rollout: 5%, 25%, 50%. Alert when it is 3x slower.", []),
    ],
)
def test_thresholds_out_of_order(text: str, lines: list[int]) -> None:
    assert [line for line, code in codes(text + BACK) if code == "levels-out-of-order"] == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("- P95 >10s", [1]),
        ("- Response time (P95)\n  - Alert: >12 seconds", [2]),
        ("- P99 above 30000 ms", [1]),
        ("- P95 >9s", []),
        ("- Jobs that take >10s", []),
        ("- P95 after 10 s", []),
    ],
)
def test_levels_beyond_the_default_buckets(text: str, lines: list[int]) -> None:
    assert [line for line, code in codes(text + BACK) if code == "level-beyond-buckets"] == lines


@pytest.mark.parametrize(
    ("text", "zones"),
    [
        ("Deploys at 10:00-14:00 EST.", 1),
        ("Deploys at 2pm PT, or 14:00 (CET).", 1),
        ("Deploys at 10:00 UTC.", 0),
        ("The best estimate: EST is a test.", 0),
        ("```\nat 10:00 EST\n```", 0),
        ("An example:\n\n    at 10:00 EST", 0),
        ("- a\n    at 10:00 EST", 1),
    ],
)
def test_times_with_an_abbreviated_zone(text: str, zones: int) -> None:
    assert sum(code == "zone-abbreviation" for _, code in codes(text + BACK)) == zones


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("BEGIN; CREATE INDEX CONCURRENTLY a ON b (c); COMMIT;", ["CREATE INDEX CONCURRENTLY"]),
        ("begin;\n-- why;\ncreate unique index\n concurrently a on b (c);", ["create unique index concurrently"]),
        ("BEGIN; ALTER TABLE a ADD b int; COMMIT; VACUUM a;", []),
        ("START TRANSACTION; VACUUM a;", ["VACUUM"]),
        ("BEGIN; SELECT 'x; CREATE INDEX CONCURRENTLY';", []),
        ("BEGIN; ROLLBACK TO SAVEPOINT a; VACUUM a;", ["VACUUM"]),
        ("BEGIN; REFRESH MATERIALIZED VIEW CONCURRENTLY a; COMMIT;", []),
        ("CREATE INDEX CONCURRENTLY a ON b (c);", []),
        ("BEGIN; COMMENT ON TABLE a IS 'x'; VACUUM", ["VACUUM"]),
    ],
)
def test_statements_that_want_no_transaction(text: str, places: list[str]) -> None:
    assert [place.what for place in sql.only_outside_transactions(text)] == places


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("BEGIN; DO $$ BEGIN LOOP COMMIT; END LOOP; END $$; COMMIT;", 1),
        ("DO $$ BEGIN LOOP COMMIT; END LOOP; END $$;", 0),
        ("BEGIN;\n-- DO $$\n-- BEGIN\n--   COMMIT;\n-- END $$;\nCOMMIT;", 1),
        ("BEGIN; DO $$ BEGIN -- COMMIT;\n NULL; END $$; COMMIT;", 0),
        ("BEGIN; DO $x$ BEGIN a(); ROLLBACK; END $x$;", 1),
    ],
)
def test_commit_in_a_block_in_a_transaction(text: str, times: int) -> None:
    assert len(list(sql.commits_in_do(text))) == times


def test_statements_hold_their_quotes_together_and_know_their_place() -> None:
    text = "BEGIN;\nSELECT 'a;b', $q$;$q$;\n/* ; */ COMMIT;"
    told = list(sql.statements(text))
    assert [(one.text, one.in_transaction) for one in told] == [
        ("BEGIN", False),
        ("SELECT 'a;b', $q$;$q$", True),
        ("COMMIT", True),
    ]
    assert [text[one.start :].split(maxsplit=1)[0].rstrip(";") for one in told] == ["BEGIN", "SELECT", "COMMIT"]
