"""What all tests share: how hypothesis runs, and that long tests run only when asked for."""

from __future__ import annotations

import pytest
from hypothesis import settings

# The same examples in every run: a failure is found again, and a run that passed passes again.
settings.register_profile("kpi-check", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("kpi-check")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests marked `long`, unless the expression of `-m` mentions them."""
    if "long" in str(config.getoption("markexpr")):
        return
    left_out = [item for item in items if item.get_closest_marker("long") is not None]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item.get_closest_marker("long") is None]
