"""What the head of a document says: facts, flags, and which object it was read from; values only."""

from __future__ import annotations

import msgspec


class Fact(msgspec.Struct, frozen=True, gc=False):
    """A name and a value of the head of a document.

    Attributes:
        label: a key of `openwado.document.labels`.
        value: as people read it.
        stored: as the object writes it, where that is another form; else "".
    """

    label: str
    value: str
    stored: str = ""


class FactGroup(msgspec.Struct, frozen=True):
    """Facts under one heading; label: a key of `openwado.document.labels`."""

    label: str
    facts: tuple[Fact, ...]


class Flag(msgspec.Struct, frozen=True, gc=False):
    """Something about the whole document that must be seen first.

    Attributes:
        label: a key of `openwado.document.labels`: complete, partial, verified, unverified, preliminary, final …
        value: more about it, "" for nothing.
        is_warning: whether it bids care.
    """

    label: str
    value: str = ""
    is_warning: bool = False


class Identity(msgspec.Struct, frozen=True):
    """Which object a document was read from: its UIDs (PS3.3 C.12.1, C.7.2.1, C.7.3.1)."""

    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    study_instance_uid: str = ""
    series_instance_uid: str = ""
