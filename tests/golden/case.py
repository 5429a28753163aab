"""One golden case: an object, what is asked of it, and the clause that says what has to be seen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pydicom.uid import UID, ExplicitVRLittleEndian

from golden.plain import STANDARD, WHOLE, Choices, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydicom.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Case:
    """A golden case.

    Attributes:
        name: of the case and of its picture.
        clause: what the picture shows.
        make: makes the object, always the same one, in Explicit VR Little Endian.
        request: what is asked.
        choices: what the server decides.
        tolerance: by how much a value may be off: 0, or 1 where colours are converted or covers averaged.
        transfer_syntax: in which the object is written; the picture is the same.
        sheet: of the file in which its picture is kept, beside others of the same size; "" for one of its own.
    """

    name: str
    clause: str
    make: Callable[[], Dataset]
    request: Request = WHOLE
    choices: Choices = STANDARD
    tolerance: int = 0
    transfer_syntax: UID = ExplicitVRLittleEndian
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the four ways in which each rule of the grey chain is tried."""

    signed: bool
    photometric: str

    def __str__(self) -> str:
        return f"{'signed' if self.signed else 'unsigned'}_{self.photometric.lower()}"


VARIANTS = tuple(
    Variant(signed, photometric) for signed in (False, True) for photometric in ("MONOCHROME1", "MONOCHROME2")
)


def variants(
    name: str,
    clause: str,
    make: Callable[[Variant], Dataset],
    request: Request = WHOLE,
    choices: Choices = STANDARD,
) -> Iterator[Case]:
    """Yield a case of the grey chain four times: signed and unsigned, MONOCHROME1 and MONOCHROME2."""
    for variant in VARIANTS:
        yield Case(f"{name}_{variant}", clause, partial(make, variant), request, choices, sheet=name)
