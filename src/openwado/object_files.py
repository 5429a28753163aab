"""Objects written to files without a server: the same plans, the same frames, one after another in bounded memory."""

from __future__ import annotations

import os
import tempfile
import zlib
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from openwado.dicom.pixel_parts import item_header
from openwado.dicom.record import read_record
from openwado.dicom.sent_syntax import leaves_as
from openwado.dicom.transcode import part_bytes
from openwado.jobs import FrameJob, ObjectJob
from openwado.produce import produce
from openwado.spool import Spool

if TYPE_CHECKING:
    from typing import IO

    from openwado.archive.store import Store
    from openwado.dicom.object_wishes import ObjectWishes
    from openwado.dicom.reader import ReadLimits
    from openwado.jobs import Rendition

#: Bytes of encoded frames that are kept in memory.
_FRAMES_IN_MEMORY: Final = 16 << 20


def write_object(job: ObjectJob, store: Store, out: IO[bytes]) -> None:
    """Write an object as a PS3.10 file.

    Args:
        job: the object, and how it is to leave.
        store: where it is.
        out: takes the bytes.

    Raises:
        WadoError: it cannot be made; what was written until then is no object.
        OSError: it cannot be read or written.
    """
    with closing(Spool(_FRAMES_IN_MEMORY)) as spool:
        rendition = _planned(job, store, spool)
        with store.open(job.instance.key) as stored:
            if not rendition.deflated:
                for part in rendition.parts:
                    out.writelines(part_bytes(part, stored, job.instance, spool))
                return
            compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
            length = 0
            out.writelines(part_bytes(rendition.parts[0], stored, job.instance, spool))
            for part in rendition.parts[1:]:
                for piece in part_bytes(part, stored, job.instance, spool):
                    length += out.write(compressor.compress(piece))
            length += out.write(compressor.flush())
            out.write(bytes(length % 2))


def _planned(job: ObjectJob, store: Store, spool: Spool) -> Rendition:
    rendition = produce(job, store)
    if rendition.to_encode is None:
        return rendition
    lengths = []
    for entry in rendition.to_encode.entries:
        made = produce(FrameJob(job.instance, entry, rendition.to_encode.treatment), store)
        stream = b"".join(part for part in made.parts if isinstance(part, bytes))
        lengths.append(len(stream))
        spool.write(item_header(len(stream)) + stream)
    return produce(msgspec.structs.replace(job, lengths=tuple(lengths)), store)


def write_anonymized(key: str, store: Store, folder: Path, wishes: ObjectWishes, limits: ReadLimits) -> Path:
    """Write an object without who it is about into a folder, by its new UIDs: study, series and object (AN-10).

    Args:
        key: of the object in its store.
        store: where it is.
        folder: where it goes.
        wishes: with the transfer syntax that is asked for, and how it is de-identified.
        limits: how far reading goes.

    Returns:
        The file.

    Raises:
        NotAnObject: it is none.
        FileExistsError: the file is there already.
        WadoError: it cannot be made.
        OSError: it cannot be read or written.
    """
    with store.open(key) as stored:
        reading = read_record(stored, key, stored.stamp(), limits)
    instance = reading.instance
    target, _ = leaves_as(wishes.transfer_syntax or None, None, instance, anonymize=True)
    job = ObjectJob(instance, msgspec.structs.replace(wishes, transfer_syntax=target), reading.frames)
    handle, aside = tempfile.mkstemp(prefix=".openwado-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as out:
            write_object(job, store, out)
        with store.open(aside) as written:
            made = read_record(written, aside, written.stamp(), limits).instance
        place = folder / made.study_instance_uid / made.series_instance_uid
        place.mkdir(parents=True, exist_ok=True)
        file = place / f"{made.sop_instance_uid}.dcm"
        Path(aside).chmod(0o666 & ~_umask())
        os.link(aside, file)  # fails where another one is there
    finally:
        Path(aside).unlink(missing_ok=True)
    return file


def _umask() -> int:
    """Return the mask that new files of this process get; it can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
