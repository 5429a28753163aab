"""What lists show, from rows of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.archive.blob import DESCRIPTION, INSTANCE, unpack
from openwado.archive.index import InstanceRow, StudyRow
from openwado.dicom.instance import Description

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def description_of(blob: bytes) -> Description:
    """Return the words about an object."""
    return unpack(blob, DESCRIPTION) or Description()


def study_row(uid: str, description: bytes, modalities: str, series: int, instances: int) -> StudyRow:
    """Return a study as a list shows it; modalities: of its series, between unit separators."""
    distinct = tuple(sorted({modality for modality in modalities.split("\x1f") if modality}))
    return StudyRow(uid, description_of(description), distinct, series, int(instances))


def instance_rows(rows: Iterable[tuple[bytes, bytes]]) -> Iterator[InstanceRow]:
    """Give objects as a list shows them, but for records of another version of the program."""
    for record, description in rows:
        instance = unpack(record, INSTANCE)
        if instance is not None:
            yield InstanceRow(instance, description_of(description))


def beside_rows(rows: Iterable[tuple[bytes | None, int]]) -> Iterator[tuple[Description, bool]]:
    """Give what series are like, and whether each has the UID that was asked for; those without objects are none."""
    return ((description_of(blob), bool(is_named)) for blob, is_named in rows if blob is not None)
