"""The PromQL behind the ready metrics."""

import pytest

from cockpit.metrics.promql import Family, bare_selector, plain_series, question, target_labels

WEB = Family(selector='job="web"', window=90)


def test_errors_are_zero_before_the_first_5xx_and_nothing_without_requests() -> None:
    asked = question("errors", WEB)
    assert asked.value == (
        '(sum(rate(http_requests_total{job="web",status=~"5.."}[90s])) or vector(0))'
        ' / sum(rate(http_requests_total{job="web"}[90s])) * 100'
    )
    assert asked.samples == 'sum(increase(http_requests_total{job="web"}[90s]))'
    assert asked.age == 'time() - max(timestamp(http_requests_total{job="web"}))'


def test_a_quantile_asks_for_its_own_buckets_only() -> None:
    asked = question("p99", Family(window=0.25))
    assert asked.value == ("histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[250ms])))")
    assert asked.series == 'http_request_duration_seconds_bucket{le="+Inf"}'


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("", ""),
        ('job="web"', 'job="web"'),
        ('{job="web",}', 'job="web"'),
        ('job=~"w.*" , path!="/a\\"}b"', 'job=~"w.*" , path!="/a\\"}b"'),
        ("job=web", None),
        ('job="web"} or vector(0', None),
        ('job="web" path="/"', None),
    ],
)
def test_a_selector_is_label_matchers_and_nothing_else(text: str, bare: str | None) -> None:
    assert bare_selector(text) == bare


def test_up_is_asked_for_by_job_and_instance_only() -> None:
    assert target_labels('job=~"web|api",path="/x",instance="a:1"') == 'job=~"web|api",instance="a:1"'
    assert target_labels('path="/x"') == ""


@pytest.mark.parametrize(
    ("query", "series"),
    [
        ("queue_length", "queue_length"),
        (' queue_length{name="a"} ', 'queue_length{name="a"}'),
        ("sum(queue_length)", ""),
        ("queue_length[1m]", ""),
        ("1", ""),
    ],
)
def test_the_age_of_a_plain_series_is_known_without_asking(query: str, series: str) -> None:
    assert plain_series(query) == series
