"""Full-length variants run when they are asked for: `-m slow`."""

import pytest

pytest.register_assert_rewrite(
    *(f"tests.faults.{name}" for name in ("world", "outputs", "floods", "scripts", "adoptions"))
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "slow" not in config.getoption("-m"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="full length: run with -m slow"))
