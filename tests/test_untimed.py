"""No property is a timed test: how long an example takes is the machine's affair."""

from __future__ import annotations

from hypothesis import HealthCheck, settings


def test_no_property_fails_for_its_time() -> None:
    """Neither for the time of an example nor for that of making one, whatever profile the machine has."""
    assert settings().deadline is None
    assert HealthCheck.too_slow in settings().suppress_health_check
