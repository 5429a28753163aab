"""Errors that an extension module can only report are noted; all others go where they would have gone."""

from __future__ import annotations

import sys
import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from openwado.dicom.swallowed_errors import swallowed_errors


def report(module: str) -> None:
    """Report an error as the interpreter does for a function that cannot raise."""
    error = ValueError("half done")
    unraisable = SimpleNamespace(
        exc_type=ValueError, exc_value=error, exc_traceback=None, err_msg=None, object=f"{module}.decode"
    )
    sys.excepthook(ValueError, error, None)
    sys.unraisablehook(cast("Any", unraisable))


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what reaches the hooks that were there before."""
    seen: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: seen.append(str(unraisable.object)))
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _trace: seen.append(str(error)))
    return seen


def test_errors_of_the_module_are_noted_and_not_printed(elsewhere: list[str]) -> None:
    """What the named module swallows in this thread is in the list after the block, and nowhere else."""
    with swallowed_errors("some.codec") as errors:
        report("some.codec")
    assert errors == ["some.codec.decode: half done"]
    assert not elsewhere


def test_errors_of_others_go_where_they_went(elsewhere: list[str]) -> None:
    """Other modules and other threads are none of our business, and the hooks are put back."""
    before = sys.unraisablehook, sys.excepthook
    with swallowed_errors("some.codec") as errors:
        report("other.codec")
        thread = threading.Thread(target=report, args=("some.codec",))
        thread.start()
        thread.join()
    assert not errors
    assert elsewhere == ["other.codec.decode", "half done", "some.codec.decode"]
    assert (sys.unraisablehook, sys.excepthook) == before
