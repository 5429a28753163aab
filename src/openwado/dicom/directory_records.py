"""Which files a DICOMDIR names (PS3.3 F.3, PS3.10 8.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pydicom
from pydicom.errors import InvalidDicomError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_REFERENCED_FILE_ID = "ReferencedFileID"
_DIRECTORY_RECORDS = "DirectoryRecordSequence"


def referenced_files(path: Path) -> Iterator[tuple[str, ...]]:
    """Give the components of each Referenced File ID (0004,1500), in the order of the records.

    Records that are malformed name no file; a file that is no DICOMDIR names none.

    Raises:
        OSError: it cannot be read.
    """
    try:
        records = pydicom.dcmread(path, specific_tags=[_DIRECTORY_RECORDS]).get(_DIRECTORY_RECORDS) or ()
    except (InvalidDicomError, EOFError, ValueError, NotImplementedError):
        return
    for record in records:
        components = record.get(_REFERENCED_FILE_ID)
        if isinstance(components, str):
            components = [components]
        if components and all(components):
            yield tuple(str(component) for component in components)
