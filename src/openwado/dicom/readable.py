"""Bytes that turn out to be unreadable while a request is served: a stored object at fault, not the program."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from openwado.dicom.block_reader import Unreadable
from openwado.dicom.reader import NotAnObject
from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Run what reads an object: sequences are looked into late, and may exceed a limit only then.

    Args:
        what: that is read, to begin a public sentence.

    Raises:
        CorruptObject: it cannot be read.
    """
    try:
        yield
    except (NotAnObject, Unreadable) as problem:
        raise CorruptObject(f"{what} cannot be read as DICOM.", detail=problem.reason) from None
