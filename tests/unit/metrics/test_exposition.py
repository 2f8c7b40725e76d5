"""Reading `/metrics` pages."""

import pytest

from cockpit.metrics.exposition import ExpositionError, Names, Selector, parse

PAGE = """\
# TYPE http_requests_total counter
http_requests_total{method="GET",status="200"} 90
http_requests_total{method="GET",status="503"} 10
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.5"} 80
http_request_duration_seconds_bucket{le="+Inf"} 100
http_request_duration_seconds_sum 30
http_request_duration_seconds_count 100
process_start_time_seconds 1234.5
"""


def test_requests_buckets_and_the_start_are_found() -> None:
    scrape = parse(PAGE, "text/plain", Names())
    assert sorted((failed, value) for (failed, _), value in scrape.requests.items()) == [(False, 90), (True, 10)]
    assert sorted((edge, value) for (edge, _), value in scrape.buckets.items()) == [(0.5, 80), (float("inf"), 100)]
    assert scrape.started == 1234.5
    assert scrape.missing == {}


def test_a_page_without_types_is_read_all_the_same() -> None:
    bare = "\n".join(line for line in PAGE.splitlines() if not line.startswith("#")) + "\n"
    assert parse(bare, "", Names()).requests == parse(PAGE, "", Names()).requests


def test_the_openmetrics_dialect_is_read_with_its_own_parser() -> None:
    page = '# TYPE http_requests counter\nhttp_requests_total{status="200"} 5 # {trace="a"} 1\n# EOF\n'
    scrape = parse(page, "application/openmetrics-text; version=1.0.0", Names())
    assert list(scrape.requests.values()) == [5]


def test_names_and_labels_are_the_services_own() -> None:
    page = 'reqs{code="500",app="a"} 4\nreqs{code="200",app="b"} 7\n'
    scrape = parse(page, "", Names(requests="reqs", status_label="code", match={"app": "a"}))
    assert [(failed, value) for (failed, _), value in scrape.requests.items()] == [(True, 4)]


@pytest.mark.parametrize("page", ["", "\n\n", "# only a comment\n"])
def test_an_empty_page_is_an_error(page: str) -> None:
    with pytest.raises(ExpositionError, match="empty page"):
        parse(page, "", Names())


@pytest.mark.parametrize("page", ["<html><body>login</body></html>", 'a{b="c" 1', "http_requests_total NOT\n"])
def test_a_foreign_page_is_an_error(page: str) -> None:
    with pytest.raises(ExpositionError, match="not in the Prometheus text format"):
        parse(page, "text/html", Names())


def test_what_is_missing_is_said_in_words() -> None:
    scrape = parse("up 1\n", "", Names())
    assert scrape.missing["http_requests_total"] == "http_requests_total is not among its 1 metrics"
    assert "http_request_duration_seconds" in scrape.missing


def test_another_status_label_is_named() -> None:
    scrape = parse('http_requests_total{code="200",method="GET"} 1\n', "", Names())
    assert (
        scrape.missing["http_requests_total"] == "http_requests_total has no label 'status'; its labels: code, method"
    )


def test_a_family_before_its_first_sample_is_not_missing() -> None:
    page = "# TYPE http_requests_total counter\n# TYPE http_request_duration_seconds histogram\nup 1\n"
    assert parse(page, "", Names()).missing == {}


def test_a_summary_cannot_stand_for_a_histogram() -> None:
    page = 'http_requests_total{status="200"} 1\nhttp_request_duration_seconds_count 1\n'
    page = "# TYPE http_request_duration_seconds summary\n" + page
    assert "expected a histogram" in parse(page, "", Names()).missing["http_request_duration_seconds"]


def test_the_time_of_a_value_is_that_of_its_oldest_sample_where_the_page_has_times() -> None:
    page = 'http_requests_total{status="200"} 5 1700000060000\nhttp_requests_total{status="500"} 1 1700000000000\n'
    workers = Selector("workers", counter=False)
    scrape = parse(page + "workers 3 1700000030500\nworkers_max 9\n", "", Names(), [workers])
    assert scrape.times == {"http_requests_total": 1700000000.0, workers: 1700000030.5}
    dialect = '# TYPE http_requests counter\nhttp_requests_total{status="200"} 5 1700000001.5\n# EOF\n'
    assert parse(dialect, "application/openmetrics-text", Names()).times == {"http_requests_total": 1700000001.5}


@pytest.mark.parametrize("value", ["+Inf", "NaN", "-1"])
def test_a_counter_that_is_no_count_is_an_error_and_not_left_out(value: str) -> None:
    rows = Selector("rows_total")
    page = f'http_requests_total{{status="200"}} 90\nhttp_requests_total{{status="500"}} {value}\nrows_total {value}\n'
    missing = parse(page, "", Names(), [rows]).missing
    assert missing["http_requests_total"] == f"http_requests_total is {float(value):g}, not a count"
    assert missing["rows_total"] == f"rows_total is {float(value):g}, not a count"


def test_a_page_of_several_instances_has_no_start_of_its_own() -> None:
    page = 'http_requests_total{status="200"} 5\nprocess_start_time_seconds{instance="a"} 1\n'
    assert parse(page, "", Names()).started == 1.0
    assert parse(page + 'process_start_time_seconds{instance="b"} 2\n', "", Names()).started is None
