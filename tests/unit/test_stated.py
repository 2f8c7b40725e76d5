"""What a runbook's prose states: health address, levels, how long to watch; and when it holds."""

import pytest

from cockpit.planning.build import make_plan
from cockpit.planning.stated import with_stated
from cockpit.runbook.parse import parse
from cockpit.runbook.stated import Stated, read_stated, values_of
from cockpit.settings.load import Settings

TEXT = """# Shop

## Deploy

```bash
./ship
curl -f https://shop.acme.io/health
```

## Metrics

1. **Error rate** (<0.1% baseline)
   - Monitor for spike >1%
   - Alert threshold: 2x baseline

2. **Response time** (P95 <3s baseline)
   - Monitor for >5s
   - Alert threshold: >10s

3. **CPU/Memory**
   - Monitor for >80%
   - Alert threshold: >90%

Automatic rollback if:

- Error rate >5%
- P95 response time >10s
- Health endpoint fails

Manual rollback if:

- Latency above 7 s for anyone

- [ ] Monitor metrics for 1 hour

The log of each deploy: `reports/deploys/<YYYY-MM-DD>.md`

- Day 1: 5% of users
- Day 2: 100% of users
"""
SOURCES = {"app": {"type": "openmetrics", "url": "http://app/metrics"}, "host": {"type": "host"}}


def _stated(text: str) -> Stated:
    return read_stated(text, parse(text))


def test_everything_is_read_with_its_line() -> None:
    found = _stated(TEXT)
    assert found.health == ((7, "https://shop.acme.io/health"),)
    assert found.health_rolls_back
    assert found.reasons == ((32, "Latency above 7 s for anyone"),)
    assert found.watch == (34, 3600.0)
    assert found.report == (36, "reports/deploys")
    assert found.stages == ((38, 1, 5.0), (39, 2, 100.0))
    assert {name: values_of(levels) for name, levels in found.levels.items()} == {
        "errors": {"baseline": "0.1 %", "watch": "1 %", "breach": "5 %"},
        "p95": {"baseline": "3 s", "watch": "5 s", "alert": "10 s", "breach": "10 s"},
        "cpu": {"watch": "80 %", "alert": "90 %"},
        "memory": {"watch": "80 %", "alert": "90 %"},
    }
    level, other = found.contradictions["errors"]
    assert (level.line, level.text, other.line) == (14, "2x", 13)


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/health", "http://172.16.4.2/health", "http://10.0.0.7/healthz", "http://shop/health",
        "http://localhost:8080/health", "http://127.0.0.1/health", "https://staging.shop.acme.io/health",
        "https://shop-staging.acme.io/healthz", "https://app.example.com/health", "https://$HOST/health",
        "https://<host>/health", "https://shop.acme.io/health-report.html", "https://shop.acme.io/startup",
    ],
)  # fmt: skip
def test_an_address_that_is_no_production_s_health_is_none(address: str) -> None:
    assert _stated(TEXT.replace("https://shop.acme.io/health", address)).health == ()


def test_two_addresses_are_a_question_and_no_answer() -> None:
    text = TEXT.replace("./ship\n", "./ship\ncurl -f https://api.acme.io/healthz\n")
    assert len(_stated(text).health) == 2
    settings, told = with_stated(Settings(), _stated(text))
    assert (settings.sources, told) == ({}, {})


def test_an_address_of_a_way_back_is_not_that_of_the_deploy() -> None:
    text = TEXT + "\n## Rollback\n\n```bash\n./ship old\ncurl -f https://old.acme.io/health\n```\n"
    assert [url for _, url in _stated(text).health] == ["https://shop.acme.io/health"]


def test_without_settings_the_health_address_is_measured_and_said() -> None:
    settings, told = with_stated(Settings(), _stated(TEXT))
    assert settings.sources["health"].options() == {"url": "https://shop.acme.io/health"}
    plan = make_plan(parse(TEXT), settings, stated=told, root="", runbook_path="", runbook_text=TEXT)
    (rule,) = plan.metrics
    assert (rule.name, rule.line, rule.observe_only, rule.judged) == ("health", 7, False, True)
    assert plan.stated == ("line 7: https://shop.acme.io/health is measured (a failure rolls back)",)
    assert plan.settings["sources"] == {
        "health": {"type": "health", "url": "https://shop.acme.io/health", "interval": 1.0, "prefix": ""}
    }


def test_where_the_text_does_not_say_so_its_failure_rolls_nothing_back() -> None:
    settings, told = with_stated(Settings(), _stated(TEXT.replace("- Health endpoint fails\n", "")))
    plan = make_plan(parse(TEXT), settings, stated=told, root="", runbook_path="", runbook_text=TEXT)
    assert [(rule.observe_only, rule.judged) for rule in plan.metrics] == [(True, False)]
    assert plan.stated == ("line 7: https://shop.acme.io/health is measured (shown, rolls nothing back)",)


def test_levels_hold_for_what_is_measured_and_a_table_of_the_settings_wins() -> None:
    given = Settings.model_validate({"sources": SOURCES, "metrics": {"p95": {"breach": "20 s"}}})
    settings, told = with_stated(given, _stated(TEXT))
    plan = make_plan(parse(TEXT), settings, stated=told, root="", runbook_path="", runbook_text=TEXT)
    rules = {rule.name: rule for rule in plan.metrics}
    assert (rules["errors"].watch, rules["errors"].breach, rules["errors"].expected) == (1.0, 5.0, 0.1)
    assert rules["errors"].line == 12
    assert (rules["p95"].breach, rules["p95"].line) == (20.0, 0)
    assert (rules["cpu"].watch, rules["memory"].alert) == (80.0, 90.0)


def test_levels_that_contradict_the_usual_ones_are_left_out() -> None:
    text = TEXT.replace("Error rate >5%", "Error rate >1.5%")  # below the usual alert of 2 %, which nobody changed
    settings, told = with_stated(Settings.model_validate({"sources": SOURCES}), _stated(text))
    assert "errors" not in settings.metrics
    assert "errors" not in told


def test_the_settings_can_forbid_it() -> None:
    given = Settings(from_prose=False)
    assert with_stated(given, _stated(TEXT)) == (given, {})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("- Error rate: roll back above 2,5 %", 2.5),
        ("- Error rate: roll back above 0,5%", 0.5),
        ("- Error rate: roll back above 0,125 %", 0.125),
        ("- Error rate: roll back above 2.5\u00a0%", 2.5),
        ("- P95 response time: roll back above 1,200 ms", 1200),
        ("- P95 response time: roll back above 1,5 s", 1500),
        ("- P95 response time: roll back above 800 ms", 800),
    ],
)
def test_a_comma_in_a_number_is_read(text: str, value: float) -> None:
    levels = read_stated(text, parse(text)).levels
    assert [(level.role, level.value) for by_role in levels.values() for level in by_role.values()] == [
        ("breach", value)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Anschließend 30 Minuten beobachten. Das ist die Zeit, in der die Dienste neu sind.", 1800),
        ("Garder un œil sur le tableau de bord pendant 45 minutes, le temps que les services soient prêts.", 2700),
        ("- [ ] Vigilar los paneles durante media hora\n\nEl servicio de la tienda y los de la cola.", 1800),
        ("Acompanhar por 20 minutos os painéis da loja e não os do banco, com a equipe de plantão.", 1200),
        ("デプロイした後はダッシュボードを30分間監視する。", 1800),
        ("发布后观察2小时，确认没有错误。", 7200),
        ("Babysit it for 20 min, and do not leave the room.", 1200),
        ("Die Fehlerrate wird überwacht: länger als 5 Minuten über 2 % ist zu viel, und das ist alles.", None),
        ("Falls der Dienst nach 5 Minuten Beobachtung nicht antwortet, ist die Datenbank der Grund.", None),
    ],
)  # fmt: skip
def test_how_long_to_watch_is_read_in_the_language_of_the_runbook(text: str, seconds: float | None) -> None:
    watch = read_stated(text, parse(text)).watch
    assert (watch[1] if watch else None) == seconds
