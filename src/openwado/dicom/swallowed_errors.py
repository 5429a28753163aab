"""Errors that an extension module cannot raise: Python only reports them, and what is half done looks whole."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

#: The hooks belong to the whole process.
_hooked = threading.Lock()


@contextmanager
def swallowed_errors(module: str) -> Iterator[list[str]]:
    """Collect the errors that functions of one extension module swallow in this thread meanwhile.

    Those of other modules and threads go where they would have gone. One thread at a time.

    Args:
        module: dotted name, as Python names the function that swallowed the error.

    Yields:
        The errors' texts, to be looked at after the block.
    """
    thread = threading.get_ident()
    errors: list[str] = []
    with _hooked:
        unraisable_before, printed_before = sys.unraisablehook, sys.excepthook

        def note(unraisable: sys.UnraisableHookArgs, /) -> None:
            if threading.get_ident() == thread and str(unraisable.object).startswith(module):
                errors.append(f"{unraisable.object}: {unraisable.exc_value}")
            else:
                unraisable_before(unraisable)

        def pass_over(kind: type[BaseException], error: BaseException, trace: TracebackType | None, /) -> None:
            if threading.get_ident() != thread:  # this thread's are printed first and noted then
                printed_before(kind, error, trace)

        sys.unraisablehook, sys.excepthook = note, pass_over
        try:
            yield errors
        finally:
            sys.unraisablehook, sys.excepthook = unraisable_before, printed_before
