"""In continuous integration a missing part is a failure: nothing is skipped there but the tests of the given files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

#: Why tests of the given DICOM files are skipped where these are not: they are for some machines only.
NO_CORPUS = "the given DICOM files are not here: set OPENWADO_CORPUS"


def _is_silent(report: pytest.TestReport | pytest.CollectReport) -> bool:
    expected_failure = hasattr(report, "wasxfail")
    return (
        os.environ.get("CI") == "true"
        and report.skipped
        and not expected_failure
        and NO_CORPUS not in str(report.longrepr)
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make a failure of a test that was skipped."""
    report = yield
    if _is_silent(report):
        report.longrepr = f"skipped, which is a failure here: {report.longrepr}"
        report.outcome = "failed"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Make a failure of a module that was skipped."""
    report = yield
    if _is_silent(report):
        report.longrepr = f"skipped, which is a failure here: {report.longrepr}"
        report.outcome = "failed"
    return report
