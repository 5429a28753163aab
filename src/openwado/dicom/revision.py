"""How data elements are changed while an object is written: which go, which stay, which get another value.

`explicit_data_set.DataSetWriter` asks a scope about every element, in sequences too; what character conversion and
de-identification decide is in `text_conversion` and `deidentify`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openwado.dicom.attributes import Attributes
    from openwado.dicom.parts import Cleaning


class Verdict(Enum):
    """What becomes of an element as a whole; a sequence that is kept is looked into."""

    KEPT = "kept"
    DROPPED = "dropped"


if TYPE_CHECKING:
    #: A verdict, or what makes the new value of the stored one; of a sequence: its items, of b"".
    Change = Verdict | Callable[[bytes], bytes]


class Scope(Protocol):
    """What is decided about the elements of one data set or item."""

    def inner(self, attributes: Attributes) -> Scope:
        """Return what is decided about an item inside this one."""

    def change(self, tag: int, vr: str) -> Change:
        """Say what becomes of an element, by its VR or, where that is UN, by the one that PS3.6 names."""


@dataclass(frozen=True, slots=True)
class Both:
    """One scope after the other."""

    first: Scope
    second: Scope

    def inner(self, attributes: Attributes) -> Scope:
        """Return both about an item."""
        return Both(self.first.inner(attributes), self.second.inner(attributes))

    def change(self, tag: int, vr: str) -> Change:
        """Say what both make of an element."""
        before = self.first.change(tag, vr)
        if isinstance(before, Verdict):
            return self.second.change(tag, vr) if before is Verdict.KEPT else before
        after = self.second.change(tag, vr)
        if after is Verdict.KEPT or vr == "SQ":
            return before
        if isinstance(after, Verdict):
            return after
        return lambda value: after(before(value))


@dataclass(frozen=True, slots=True)
class Revision:
    """Everything that changes about an object's data set.

    Attributes:
        scope: asked about each element; None where all stay.
        replaced: whole elements of the data set that take the place of stored ones, or come in between.
        added_items: items appended to sequences of the data set, which are made where they are missing.
        sop_instance_uid: of the object as it leaves.
        cleaning: of its pixels; None where they stay.
        uid_of: what UIDs become.
        is_deidentified: whether nothing may remain of the source besides what the scope lets pass.
    """

    sop_instance_uid: str
    scope: Scope | None = None
    replaced: Mapping[int, bytes] = field(default_factory=dict)
    added_items: Mapping[int, bytes] = field(default_factory=dict)
    cleaning: Cleaning | None = None
    uid_of: Callable[[str], str] = str
    is_deidentified: bool = False
