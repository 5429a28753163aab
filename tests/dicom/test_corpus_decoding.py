"""Real files: frames have the cells that independent decoders agree on, and whole objects survive transcoding."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import shutil
import subprocess
import warnings
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.dataelem import RawDataElement
from pydicom.uid import ExplicitVRLittleEndian

from corpus_files import Opened, as_read, opened, quietly_read, sent
from openwado.dicom.codecs import CODECS
from openwado.dicom.frames import read_frame
from openwado.dicom.native import little_endian
from openwado.dicom.reader import NotAnObject
from openwado.dicom.transcode import plan_as_stored, plan_explicit_little_endian
from openwado.errors import CorruptObject, NotAcceptable, WadoError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from openwado.dicom.frame import Frame

    Cells = NDArray[Any]

pytestmark = pytest.mark.corpus

#: Where decoders disagree and one is right by a clause: end of path, and why ours differs from the first decoder.
JUDGED = {
    "jpeg2000-multiframe-multifragments.dcm": "RR-1: lossy values are clamped to Bits Stored",
}
#: Refused, and why.
REFUSED = {
    "JPEG2000-embedded-sequence-delimiter.dcm": "four bytes of its SIZ segment were overwritten by a delimiter",
    "rtplan_truncated.dcm": "breaks off within its last sequence",
    "zero-length-US.dcm": "breaks off within its last element",
}
#: What decoding may change (TR-1), besides what is never written again (TR-5).
IMAGE_PIXEL = frozenset(
    {0x00280002, 0x00280004, 0x00280006, 0x00280008, 0x00280010, 0x00280011, *range(0x00280100, 0x00280104)}
)
LEFT_OUT = frozenset({0xFFFCFFFC, 0x7FE00001, 0x7FE00002, 0x7FE00003, 0x00287FE0, 0x4FFE0001, 0xFFFAFFFA})
PIXEL_DATA = 0x7FE00010
FULL_RANGE = 255


@dataclass
class Table:
    """Counts by transfer syntax and outcome, printed when it is done (pytest -s)."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, row: str, outcome: str) -> None:
        """Count one."""
        self.counts.setdefault(row, Counter())[outcome] += 1

    def total(self, outcome: str) -> int:
        """Return how many had an outcome."""
        return sum(counter[outcome] for counter in self.counts.values())

    def show(self) -> None:
        """Print the table."""
        columns = sorted({outcome for counter in self.counts.values() for outcome in counter})
        print("\n" + " ".join(f"{column:>12}" for column in columns))
        for row, counter in sorted(self.counts.items()):
            print(" ".join(f"{counter[column]:>12}" for column in columns), row)


def stored_values(frame: Frame) -> Cells:
    """Return stored values (RR-1), YBR_FULL as RGB (RR-7): that is what the given digests are of."""
    cells = frame.cells
    if cells.dtype.kind == "u" and frame.bits_stored > 1:
        width = cells.dtype.itemsize * 8
        kind = "i" if frame.pixel_representation else "u"
        shifted = (cells << np.array(width - 1 - frame.high_bit, cells.dtype)).view(f"{kind}{width // 8}")
        cells = shifted >> (width - frame.bits_stored)
    return rgb(cells) if frame.photometric_interpretation == "YBR_FULL" else cells


def rgb(cells: Cells) -> Cells:
    """Return 8-bit YBR_FULL as RGB (RR-7)."""
    luma, blue, red = (cells[..., sample].astype(float) for sample in range(3))
    blue, red = blue - 128, red - 128
    planes = [luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue]
    return np.clip(np.floor(np.stack(planes, axis=-1) + 0.5), 0, FULL_RANGE).astype(np.uint8)


def digest(frames: Iterator[Cells], cell_type: str) -> str:
    """Return the digest of frames one after the other, cells in little endian."""
    sha256 = hashlib.sha256()
    for cells in frames:
        sha256.update(np.ascontiguousarray(cells).astype(np.dtype(cell_type).newbyteorder("<")).tobytes())
    return sha256.hexdigest()


def references(corpus: Path) -> list[dict[str, str]]:
    """Return the rows of the given digests."""
    with (corpus / "reference" / "decoded-pixels.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def numbers(row: dict[str, str]) -> list[int]:
    """Return the frames that were digested."""
    return [int(number) for number in row["frames_hashed"].split()]


def is_exact(row: dict[str, str], frames: list[Cells]) -> bool:
    """Return whether frames are those of the given digest."""
    cell_type = row["array_of_first_frame"].rpartition(" ")[2]
    return digest(iter(frames), cell_type) == row["sha256_first_decoder"]


def test_frames_are_exact_where_independent_decoders_agree(corpus: Path) -> None:
    """Every frame that several decoders, or the only one, decode alike has the very same values here."""
    table, wrong = Table(), []
    for row in references(corpus):
        if row["decoders_agree"] == "no":
            continue
        found = opened((corpus / row["path"]).read_bytes())
        frames = [stored_values(found.frame(number)) for number in numbers(row)]
        judged = any(row["path"].endswith(name) for name in JUDGED)
        outcome = "exact" if is_exact(row, frames) else "judged" if judged else "WRONG"
        table.add(CODECS[found.instance.transfer_syntax_uid].name, outcome)
        wrong += [row["path"]] if outcome == "WRONG" else []
    table.show()
    assert not wrong
    assert table.total("exact") >= 370
    assert table.total("judged") == len(JUDGED)


def test_rr_1_lossy_values_above_bits_stored_are_clamped_to_it(corpus: Path) -> None:
    """RR-1: a 12-bit object cannot hold 4133; decoders that say so agree with ours but for the clamp."""
    (row,) = (row for row in references(corpus) if row["path"].endswith("jpeg2000-multiframe-multifragments.dcm"))
    found = opened((corpus / row["path"]).read_bytes())
    raw = [
        imagecodecs.jpeg2k_decode(read_frame(found.source, found.instance, found.entry(number)))
        for number in numbers(row)
    ]
    assert is_exact(row, raw)
    for number, cells in zip(numbers(row), raw, strict=True):
        assert cells.max() > 4000
        assert np.array_equal(stored_values(found.frame(number)), np.minimum(cells, 4095))


def test_where_decoders_disagree_ours_is_right_by_a_clause(corpus: Path, tmp_path: Path) -> None:
    """JPEG roundings are those of DCMTK (the IJG library); colour, RLE and 32-bit big endian follow the clauses."""
    table = Table()
    for row in references(corpus):
        if row["decoders_agree"] != "no":
            continue
        found = opened((corpus / row["path"]).read_bytes())
        frames = [stored_values(found.frame(number)) for number in numbers(row)]
        if is_exact(row, frames):  # RR-11 (GH195), PS3.5 G.2 (RLE), cells of 32 bits swapped whole
            table.add("as the first decoder", "exact")
            continue
        theirs = by_dcmtk(corpus / row["path"], tmp_path / "decoded.dcm")
        theirs = theirs if len(theirs.shape) > frames[0].ndim else theirs[None]
        assert all(
            np.array_equal(theirs[number - 1], cells) for number, cells in zip(numbers(row), frames, strict=True)
        )
        table.add("as DCMTK (IJG)", "exact")
    table.show()
    assert table.total("exact") == 16


def by_dcmtk(path: Path, to: Path) -> Cells:
    """Return the pixels that DCMTK decodes."""
    tool = shutil.which("dcmdjpeg")
    if tool is None:
        if os.environ.get("CI") == "true":
            pytest.fail("dcmdjpeg of DCMTK is not installed")
        pytest.skip("dcmdjpeg of DCMTK is not installed")
    subprocess.run([tool, str(path), str(to)], check=True, capture_output=True)
    with warnings.catch_warnings(action="ignore"):
        cells: Cells = pydicom.dcmread(to).pixel_array
    return cells


@pytest.mark.parametrize("name", ["liver_rle.dcm", "liver_deflate.dcm", "liver_j2k.dcm", "liver_expb.dcm"])
def test_rr_2_segmentations_are_the_same_in_every_transfer_syntax(corpus: Path, name: str) -> None:
    """RR-2: one-bit frames of the same object agree, whether packed, run-length coded, deflated or JPEG 2000."""
    folder = corpus / "dicom/pydicom__pydicom-data/data_store/data"
    plain, coded = (opened((folder / file).read_bytes()) for file in ("liver.dcm", name))
    for number in (1, 2, 3):
        assert np.array_equal(plain.frame(number).cells, coded.frame(number).cells)


def test_a_delimiter_inside_a_fragment_is_data(corpus: Path) -> None:
    """PS3.5 A.4: items have a length, so the fragment is whole; but the delimiter stands in place of four bytes of it.

    Rsiz and the upper half of Xsiz are lost: as it stands the codestream is 3.7 thousand million columns wide. With
    the four bytes of the object that it was made from it is that object's, to the byte.
    """
    folder = corpus / "dicom/pydicom__pydicom/src/pydicom/data/test_files"
    names = ("JPEG2000-embedded-sequence-delimiter.dcm", "JPEG2000.dcm")
    damaged, whole = (opened((folder / name).read_bytes()) for name in names)
    stream, original = (read_frame(found.source, found.instance, found.entry(1)) for found in (damaged, whole))
    assert stream == original[:6] + b"\xfe\xff\xdd\xe0" + original[10:]
    with pytest.raises(CorruptObject, match="tiles"):
        damaged.frame(1)


def test_jpeg_xl_is_the_same_as_the_original(corpus: Path) -> None:
    """A lossless JPEG XL object has the cells of the object that it was made from."""
    folder = corpus / "dicom/kaitakeradiology__orthanc-jxl/tests/data"
    plain, coded = (opened((folder / file).read_bytes()) for file in ("test_ct1.dcm", "test_ct1_jxl.dcm"))
    assert np.array_equal(stored_values(plain.frame(1)), stored_values(coded.frame(1)))


def files(corpus: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file of the corpus that is a composite object."""
    with (corpus / "catalog.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        data = (corpus / row["path"]).read_bytes()
        try:
            as_read(data)
        except NotAnObject:
            continue
        yield row["path"], data


def test_every_object_survives_explicit_vr_little_endian(corpus: Path) -> None:
    """REQ-URI-6.3.1.3-1, TR-1, TR-5: what leaves has the elements and the pixels of what is stored."""
    table, wrong, refused = Table(), [], set()
    for path, data in files(corpus):
        found = as_read(data)
        syntax = found.instance.transfer_syntax_uid
        name = CODECS[syntax].name if syntax in CODECS else syntax
        try:
            written = sent(found, plan_explicit_little_endian(found.source, found.instance, found.entries))
        except (CorruptObject, NotAcceptable):
            table.add(name, "refused")
            refused.add(path.rpartition("/")[2])
            continue
        before, after = quietly_read(data), quietly_read(written)
        assert after.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
        decoded = found.instance.pixels is not None and found.instance.pixels.encapsulated
        different = list(differences(before, after, IMAGE_PIXEL if decoded else frozenset())) if len(before) else []
        if not has_same_pixels(found, as_read(written)):
            different.append("pixels")
        table.add(name, "WRONG" if different else "equal")
        wrong += [(path, different)] if different else []
    table.show()
    assert not wrong
    assert refused == set(REFUSED)
    assert table.total("equal") > 480


def test_every_object_leaves_as_stored(corpus: Path) -> None:
    """REQ-URI-8.2.11-6: as stored, pydicom reads every object as before, and as a PS3.10 file."""
    for path, data in files(corpus):
        found = as_read(data)
        written = sent(found, plan_as_stored(found.source, found.instance))
        assert written == data or not found.instance.part10, path
        with warnings.catch_warnings(action="ignore"):
            after = pydicom.dcmread(io.BytesIO(written))
        assert not list(differences(quietly_read(data), after, frozenset())), path


def has_same_pixels(found: Opened, after: Opened) -> bool:
    """Return whether first, middle and last frame have the same stored values in both."""
    if found.instance.picture is None or found.instance.pixels is None:
        return True
    count = found.instance.number_of_frames
    try:
        return all(
            np.array_equal(stored_values(found.frame(number)), stored_values(after.frame(number)), equal_nan=True)
            for number in {1, (count + 1) // 2, count}
        )
    except WadoError:
        return found.instance.undrawable != ""


def differences(before: Dataset, after: Dataset, allowed: frozenset[int], *, nested: bool = False) -> Iterator[str]:
    """Yield how two data sets differ in elements and values, but for what must differ."""
    skipped = LEFT_OUT | allowed | (frozenset() if nested else {PIXEL_DATA})
    tags = {int(tag) for data_set in (before, after) for tag in data_set.keys()}  # noqa: SIM118 -- not elements
    for tag in sorted(tags - skipped):
        if tag & 0xFFFF == 0 or tag >> 16 == 2:
            continue
        if tag not in after or tag not in before:
            yield f"{tag:08X} {'lost' if tag in before else 'new'}"
        elif stored_value(before, tag) != stored_value(after, tag):
            yield from value_differences(before, after, tag, allowed)


def stored_value(data_set: Dataset, tag: int) -> bytes | None:
    """Return the bytes of a value that nobody has looked into yet, its words in little endian."""
    raw: object = data_set.get_item(tag)
    if not isinstance(raw, RawDataElement) or raw.value is None:
        return None
    big_endian = data_set.original_encoding == (False, False)
    return bytes(little_endian(raw.value, 2)) if big_endian and raw.VR == "OW" else raw.value


def value_differences(before: Dataset, after: Dataset, tag: int, allowed: frozenset[int]) -> Iterator[str]:
    """Yield how the values of one element differ."""
    with warnings.catch_warnings(action="ignore"):
        mine, theirs = before[tag], after[tag]
    if mine.VR == "SQ" and theirs.VR == "SQ":
        if len(mine.value) != len(theirs.value):
            yield f"{tag:08X} {len(mine.value)} items, now {len(theirs.value)}"
        for left, right in zip(mine.value, theirs.value, strict=False):
            yield from differences(left, right, allowed, nested=True)
    elif tag == PIXEL_DATA and mine.is_undefined_length:
        return
    elif mine.value != theirs.value and not (mine.is_empty and theirs.is_empty):
        yield f"{tag:08X} {mine.VR} {theirs.VR}"
