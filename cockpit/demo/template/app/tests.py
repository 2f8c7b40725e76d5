"""The shop's unit tests: `python3 -m unittest app.tests`."""

# ruff: noqa: PT009, PT027  (only the standard library: the shop has no pytest)

import unittest
from datetime import date, datetime

from . import delivery, features, metrics, money


class MoneyTest(unittest.TestCase):
    def test_cents_are_shown_with_two_decimals(self) -> None:
        self.assertEqual(money.shown(123456), "1,234.56")

    def test_a_refund_keeps_its_sign(self) -> None:
        self.assertEqual(money.shown(-5), "-0.05")

    def test_a_discount_is_rounded_for_the_customer(self) -> None:
        self.assertEqual(money.discounted(999, 15), 849)

    def test_a_discount_above_everything_is_refused(self) -> None:
        with self.assertRaises(ValueError):
            money.discounted(100, 101)


class DeliveryTest(unittest.TestCase):
    def test_an_order_in_the_morning_takes_two_days(self) -> None:
        self.assertEqual(delivery.arrives(datetime(2026, 11, 2, 9)), date(2026, 11, 4))

    def test_the_weekend_does_not_count(self) -> None:
        self.assertEqual(delivery.arrives(datetime(2026, 11, 6, 15)), date(2026, 11, 11))


class FeaturesTest(unittest.TestCase):
    def test_a_customer_stays_in_the_same_bucket(self) -> None:
        self.assertEqual([features.bucket("customer-7")] * 3, [features.bucket("customer-7") for _ in range(3)])


class MetricsTest(unittest.TestCase):
    def test_buckets_are_cumulative(self) -> None:
        collected = metrics.Metrics()
        collected.observe("GET", "/", 200, 0.02)
        self.assertIn('http_request_duration_seconds_bucket{path="/",le="0.025"} 1', collected.text())
        self.assertIn('http_request_duration_seconds_bucket{path="/",le="+Inf"} 1', collected.text())
