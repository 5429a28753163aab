"""Every object of a folder in every transfer syntax, read back by three readers: `python benchmarks/transcoding.py`.

Objects are written as the server sends them and read by our own decoders, by pydicom and by DCMTK. What is lossless
must give the stored values to the bit (PS3.18 8.2.11; TR-1 … TR-3). What is sent as it is stored is read by our own
decoders only. Prints a table; what is wrong is listed under it.
"""

from __future__ import annotations

import argparse
import collections
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pydicom
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import pixel_array

from openwado.archive.file_store import FileStore
from openwado.dicom.codecs import decode_frame
from openwado.dicom.frame_encoders import ENCODED, FRAME_ENCODERS, JPEG_XL_RECOMPRESSION, why_not_encoded
from openwado.dicom.frames import native_entry, object_source
from openwado.dicom.object_wishes import ObjectWishes
from openwado.dicom.sent_syntax import leaves_as
from openwado.dicom.stream_syntax import is_video
from openwado.errors import WadoError
from openwado.ingest import read_file
from openwado.jobs import ObjectJob
from openwado.object_files import write_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from openwado.dicom.frame import Frame
    from openwado.dicom.instance import FrameEntry, Reading

EXPLICIT: Final = "1.2.840.10008.1.2.1"
DEFLATED: Final = "1.2.840.10008.1.2.1.99"
TARGETS: Final = (EXPLICIT, DEFLATED, *ENCODED)
#: Frames of an object that are compared.
FRAMES: Final = 3
#: DCMTK's tool that decodes a transfer syntax.
DCMTK_DECODERS: Final = {
    "1.2.840.10008.1.2.5": "dcmdrle",
    **{f"1.2.840.10008.1.2.4.{end}": "dcmdjpeg" for end in (50, 51, 57, 70)},
    **{f"1.2.840.10008.1.2.4.{end}": "dcmdjpls" for end in (80, 81)},
}
#: A lossy stream that is worse than this shows something else, dB.
LOWEST_PSNR: Final = 20.0


@dataclass
class Cell:
    """What became of all objects of one transfer syntax in another."""

    exact: int = 0
    lossy: list[float] = field(default_factory=list)
    refused: collections.Counter[str] = field(default_factory=collections.Counter)
    wrong: int = 0

    def __str__(self) -> str:
        said = [f"{self.exact} exact"] if self.exact else []
        if self.lossy:
            said.append(f"{len(self.lossy)} lossy ≥ {min(self.lossy):.0f} dB")
        said += [f"{count} refused: {reason}" for reason, count in self.refused.items()]
        return "; ".join([*said, f"**{self.wrong} wrong**"] if self.wrong else said)


@dataclass(frozen=True)
class Subject:
    """A stored object, and its first frames as our decoder reads them."""

    path: Path
    reading: Reading
    entries: tuple[FrameEntry, ...]
    frames: list[Frame]


def values_of(frame: Frame) -> NDArray[Any]:
    """Return the samples as numbers, whatever the cells around them."""
    if frame.cells.dtype.kind == "f":
        return frame.cells
    shifted = frame.cells.astype(np.uint64) >> np.uint64(frame.high_bit + 1 - frame.bits_stored)
    values = (shifted & np.uint64((1 << frame.bits_stored) - 1)).astype(np.int64)
    sign = 1 << (frame.bits_stored - 1)
    return (values ^ sign) - sign if frame.pixel_representation else values


def psnr(stored: list[NDArray[Any]], got: list[NDArray[Any]], bits: int) -> float:
    """Return the ratio of the highest value to the error, dB."""
    errors = [np.mean((left.astype(float) - right) ** 2) for left, right in zip(stored, got, strict=True)]
    error = float(np.mean(errors))
    return float(10 * np.log10(((1 << bits) - 1) ** 2 / error)) if error else float("inf")


def in_rgb(values: NDArray[Any], photometric: str) -> NDArray[Any]:
    """Return 8-bit colour as RGB, so that what is in another space can be compared."""
    if not photometric.startswith("YBR"):
        return values
    y, blue, red = np.moveaxis(values.astype(float), -1, 0)
    blue, red = blue - 128, red - 128
    rgb = np.stack([y + 1.402 * red, y - 0.344136 * blue - 0.714136 * red, y + 1.772 * blue], axis=-1)
    clipped: NDArray[Any] = np.clip(np.rint(rgb), 0, 255)
    return clipped


def frames_of(path: Path, store: FileStore) -> Subject:
    """Read an object and decode its first frames; raises ValueError where it is none with a picture."""
    reading = read_file(store, str(path)).reading
    if reading is None or reading.instance.picture is None or is_video(reading.instance.transfer_syntax_uid):
        raise ValueError(path)
    instance = reading.instance
    count = instance.picture.image_pixel.number_of_frames if instance.picture else 0
    entries = reading.frames or tuple(native_entry(instance, number) for number in range(1, count + 1))
    with store.open(str(path)) as stored:
        source = object_source(stored, instance)
        frames = [decode_frame(source, instance, entry) for entry in entries[:FRAMES]]
    return Subject(path, reading, entries, frames)


def decoded_by_dcmtk(path: Path, syntax: str, store: FileStore) -> tuple[str, Subject | None]:
    """Return what DCMTK complains of, and the object as it decodes it."""
    for tool, *options in (("dcmftest",), ("dcmdump", "-q", "+L")):
        ran = subprocess.run([tool, *options, str(path)], capture_output=True, check=False)
        if ran.returncode:
            return f"{tool}: {ran.stderr[-200:]!r}", None
    tool = DCMTK_DECODERS.get(syntax, "")
    if not tool or not shutil.which(tool):
        return "", None
    decoded = path.with_suffix(".decoded")
    # colour stays as it is in the stream
    options = ["+cn"] if tool == "dcmdjpeg" else []
    ran = subprocess.run([tool, "-q", *options, str(path), str(decoded)], capture_output=True, check=False)
    if ran.returncode:
        return f"{tool}: {ran.stderr[-200:]!r}", None
    return "", frames_of(decoded, store)


def decoded_by_pydicom(path: Path, syntax: str, count: int) -> list[NDArray[Any]] | None:
    """Return the first frames as pydicom decodes them; None where it cannot. The header is read in any case."""
    data_set = pydicom.dcmread(path)
    list(data_set.iterall())
    if syntax in (EXPLICIT, DEFLATED):
        return None
    try:
        if not get_decoder(syntax).is_available:
            return None
    except NotImplementedError:
        return None
    if syntax == "1.2.840.10008.1.2.4.51" and data_set.BitsStored != 8:
        return None
    if data_set.BitsStored > 8 and data_set.SamplesPerPixel > 1 and syntax.startswith("1.2.840.10008.1.2.4.9"):
        return None  # Pillow has no such colour
    return [np.asarray(pixel_array(data_set, index=number, raw=True)) for number in range(count)]


class Matrix:
    """Counts what becomes of objects.

    Args:
        folder: where objects are written.
    """

    def __init__(self, folder: Path) -> None:
        self._store = FileStore()
        self._made = folder / "made.dcm"
        self.cells: dict[tuple[str, str], Cell] = collections.defaultdict(Cell)
        self.wrong: list[str] = []

    def add(self, path: Path) -> None:
        """Write an object in every transfer syntax, and read what was written."""
        try:
            subject = frames_of(path, self._store)
        except (ValueError, WadoError):
            return
        for target in TARGETS:
            self._add_target(subject, target)

    def _add_target(self, subject: Subject, target: str) -> None:
        instance = subject.reading.instance
        cell = self.cells[instance.transfer_syntax_uid, target]
        leaves, _ = leaves_as(target, None, instance, anonymize=False)
        if leaves != target:
            cell.refused[why_not_encoded(target, instance)] += 1
            return
        wishes = ObjectWishes("" if target == instance.transfer_syntax_uid else target)
        try:
            with self._made.open("wb") as out:
                write_object(ObjectJob(instance, wishes, subject.reading.frames), self._store, out)
        except WadoError as error:
            cell.refused[str(error)] += 1
            return
        complaint, lowest = self._compared(subject, target, list(self._readings(subject, target)))
        if complaint:
            cell.wrong += 1
            self.wrong.append(f"{subject.path}: {instance.transfer_syntax_uid} to {target}: {complaint}")
        elif np.isinf(lowest):
            cell.exact += 1
        else:
            cell.lossy.append(lowest)

    def _readings(self, subject: Subject, target: str) -> Iterator[tuple[str, str, list[NDArray[Any]] | str]]:
        """Yield readers, the colour space they see, and the frames, or what they complain of."""
        count = len(subject.frames)
        try:
            own = frames_of(self._made, self._store)
        except (ValueError, WadoError) as error:
            yield "own decoder", "", repr(error)
            return
        said = own.frames[0].photometric_interpretation
        yield "own decoder", said, [values_of(frame) for frame in own.frames]
        if target == subject.reading.instance.transfer_syntax_uid:
            return
        try:
            by_pydicom = decoded_by_pydicom(self._made, target, count)
        except Exception as error:  # noqa: BLE001 -- whatever another reader complains of is what this looks for
            yield "pydicom", "", repr(error)
            by_pydicom = None
        if by_pydicom is not None:
            yield "pydicom", "", by_pydicom
        complaint, by_dcmtk = decoded_by_dcmtk(self._made, target, self._store)
        if complaint:
            yield "DCMTK", "", complaint
        elif by_dcmtk is not None:
            frames = by_dcmtk.frames
            yield "DCMTK", frames[0].photometric_interpretation, [values_of(frame) for frame in frames]

    def _compared(
        self, subject: Subject, target: str, readings: list[tuple[str, str, list[NDArray[Any]] | str]]
    ) -> tuple[str, float]:
        encoder = FRAME_ENCODERS.get(target)
        first = subject.frames[0]
        stored = [values_of(frame) for frame in subject.frames]
        # a JPEG stream packed anew is decoded by arithmetic of its own
        always_lossy = encoder.always_lossy if encoder is not None else target == JPEG_XL_RECOMPRESSION
        lowest = float("inf")
        for reader, photometric, got in readings:
            if isinstance(got, str):
                return f"{reader}: {got}", 0
            if reader == "pydicom" and always_lossy:
                continue  # it was read; its colours are those of libjpeg, as ours
            if [values.shape for values in got] != [values.shape for values in stored]:
                return f"{reader}: {got[0].shape} for {stored[0].shape}", 0
            floats = first.cells.dtype.kind == "f"
            if all(np.array_equal(left, right, equal_nan=floats) for left, right in zip(stored, got, strict=True)):
                continue
            if not always_lossy:
                return f"{reader}: other values, {photometric} for {first.photometric_interpretation}", 0
            ours = [in_rgb(values, first.photometric_interpretation) for values in stored]
            theirs = [in_rgb(values, photometric) for values in got]
            lowest = min(lowest, psnr(ours, theirs, first.bits_stored))
        return (f"only {lowest:.1f} dB", 0) if lowest < LOWEST_PSNR else ("", lowest)


def print_matrix(matrix: Matrix) -> None:
    """Print the table, its sums, and what is wrong."""
    print("| stored | sent | what became of it |")
    print("|---|---|---|")
    for (stored, target), cell in sorted(matrix.cells.items()):
        print(f"| {stored} | {target} | {cell} |")
    cells = matrix.cells.values()
    refused = sum(sum(cell.refused.values()) for cell in cells)
    lossy = [value for cell in cells for value in cell.lossy]
    print(
        f"\n{sum(cell.exact for cell in cells)} exact, {len(lossy)} lossy (lowest PSNR {min(lossy, default=0):.1f} "
        f"dB), {refused} refused, {len(matrix.wrong)} wrong"
    )
    print(*matrix.wrong, sep="\n")


def main() -> int:
    """Print the matrix of a folder; 1 if anything is wrong."""
    corpus = Path(os.environ.get("OPENWADO_CORPUS", "../shared/data"), "dicom")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=corpus, help="of DICOM files")
    parser.add_argument("--every", type=int, default=1, help="take each nth file only")
    parser.add_argument("--longest", type=int, default=1 << 40, help="leave out files of more bytes")
    asked = parser.parse_args()
    files = [path for path in sorted(asked.folder.rglob("*")) if path.is_file() and path.stat().st_size < asked.longest]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(action="ignore"):
        matrix = Matrix(Path(folder))
        for path in files[:: asked.every]:
            matrix.add(path)
    print_matrix(matrix)
    return 1 if matrix.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
