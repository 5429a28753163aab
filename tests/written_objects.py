"""Objects written as they leave, in any transfer syntax and character set."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import msgspec

from openwado.archive.file_store import FileStore
from openwado.dicom.object_wishes import ObjectWishes
from openwado.ingest import read_file
from openwado.jobs import ObjectJob
from openwado.object_files import write_object
from openwado.protocol.charset import defined_terms

if TYPE_CHECKING:
    from pathlib import Path

    from dicom.conftest import Stored


def written(folder: Path, stored: bytes | Stored, syntax: str = "", **wishes: Any) -> bytes:  # noqa: ANN401 -- of each field
    """Return an object as it leaves: transfer syntax ("" for the stored one) and the other wishes."""
    data = stored if isinstance(stored, bytes) else stored.source.read_at(0, stored.source.size)
    file, store = folder / "stored.dcm", FileStore()
    file.write_bytes(data)
    reading = read_file(store, str(file)).reading
    assert reading is not None
    out = io.BytesIO()
    wish = msgspec.structs.replace(ObjectWishes(syntax), **wishes)
    write_object(ObjectJob(reading.instance, wish, reading.frames), store, out)
    return out.getvalue()


def converted(folder: Path, stored: bytes | Stored, charset: str, syntax: str = "1.2.840.10008.1.2.1") -> bytes:
    """Return an object as it leaves in a character set, by its IANA name."""
    return written(folder, stored, syntax, charset=charset, character_set=defined_terms(charset) or ())
