"""JPEG XL JPEG Recompression: the pictures of an archive are the same to the bit after it as before (RR-5, RR-11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pytest

from openwado.dicom.codecs import CODECS, decode_frame
from openwado.errors import CorruptObject
from openwado.observe.stages import Notes, noting

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicom.conftest import ObjectMaker
    from openwado.dicom.frame import Frame

JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
RECOMPRESSED = "1.2.840.10008.1.2.4.111"
ROWS, COLUMNS = 47, 61
CHANCE = np.random.default_rng(8)
#: Noise upon shades: the decoders of JPEG and JPEG XL round it otherwise.
GREY = np.clip(np.add.outer(np.arange(ROWS) * 3, np.arange(COLUMNS)) + CHANCE.normal(0, 9, (ROWS, COLUMNS)), 0, 255)
COLOR = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], axis=-1).astype(np.uint8)
#: A segment for applications of the greatest length (ISO 10918-1 B.2.4.6), of zeros.
SEGMENT = b"\xff\xed\xff\xff" + bytes(65533)


def jpeg(cells: NDArray[np.uint8], quality: int = 85, **options: Any) -> bytes:  # noqa: ANN401 -- what the encoder takes
    """Return cells as a JPEG stream."""
    return bytes(imagecodecs.jpeg8_encode(cells, level=quality, **options))


def recompressed(stream: bytes) -> bytes:
    """Return a JPEG stream as a JPEG XL one that gives it back."""
    return bytes(imagecodecs.jpegxl_encode_jpeg(stream, usecontainer=True))


def unmarked(stream: bytes) -> bytes:
    """Return a JPEG stream without its application segments."""
    return b"\xff\xd8" + stream[stream.index(b"\xff\xdb") :]


def decoded(make: ObjectMaker, syntax: str, stream: bytes, **attributes: Any) -> tuple[Frame, str]:  # noqa: ANN401 -- values of any VR
    """Return the only frame of an object, and who decoded it."""
    even = stream + bytes(len(stream) % 2)
    stored = make.encapsulated(syntax, [even], make.data_set(ROWS, COLUMNS, **attributes))
    notes = Notes()
    frame = noting(lambda: decode_frame(stored.source, stored.instance, stored.entries[0]), notes)
    return frame, notes.remarks["decoder"]


@pytest.mark.parametrize("quality", [30, 75, 90, 98])
@pytest.mark.parametrize(
    ("photometric", "options"),
    [
        ("MONOCHROME2", {}),
        ("MONOCHROME1", {}),
        ("YBR_FULL_422", {"subsampling": "422"}),
        ("YBR_FULL_422", {"subsampling": "420"}),
        ("YBR_FULL", {"subsampling": "444"}),
        ("RGB", {"colorspace": "RGB", "outcolorspace": "RGB"}),
    ],
)
def test_a_recompressed_picture_is_that_of_its_jpeg(
    make: ObjectMaker, photometric: str, options: dict[str, str], quality: int
) -> None:
    """ISO 18181-2: the JPEG stream is had back to the bit, and so are its pixels, of grey and of each subsampling."""
    grey = photometric.startswith("MONOCHROME")
    stream = jpeg(GREY.astype(np.uint8) if grey else COLOR, quality, **options)
    described = {"PhotometricInterpretation": photometric, "SamplesPerPixel": 1 if grey else 3}
    before, _ = decoded(make, JPEG_BASELINE, stream, **described)
    after, decoder = decoded(make, RECOMPRESSED, recompressed(stream), **described)
    np.testing.assert_array_equal(after.cells, before.cells)
    assert after.photometric_interpretation == before.photometric_interpretation
    assert decoder == CODECS[RECOMPRESSED].decoders[0].name


def test_rr_11_colours_without_markers_are_what_the_object_says(make: ObjectMaker) -> None:
    """RR-11: a stream of RGB that only the object calls so keeps its colours; JPEG XL alone takes it for YCbCr."""
    stream = unmarked(jpeg(COLOR, 95, colorspace="RGB", outcolorspace="RGB", subsampling="444"))
    described = {"PhotometricInterpretation": "RGB", "SamplesPerPixel": 3}
    after, _ = decoded(make, RECOMPRESSED, recompressed(stream), **described)
    assert np.abs(after.cells.astype(int) - COLOR).mean() < 4
    np.testing.assert_array_equal(after.cells, decoded(make, JPEG_BASELINE, stream, **described)[0].cells)


@pytest.mark.parametrize("cells", [GREY.astype(np.uint8), COLOR])
def test_a_stream_of_no_jpeg_is_drawn_all_the_same(make: ObjectMaker, cells: NDArray[np.uint8]) -> None:
    """Objects say so of streams that were never JPEG: they are what JPEG XL says they are."""
    color = cells.ndim == 3
    described = {"PhotometricInterpretation": "RGB" if color else "MONOCHROME2", "SamplesPerPixel": 3 if color else 1}
    frame, decoder = decoded(make, RECOMPRESSED, bytes(imagecodecs.jpegxl_encode(cells, lossless=True)), **described)
    np.testing.assert_array_equal(frame.cells, cells)
    assert decoder == CODECS[RECOMPRESSED].decoders[1].name


def test_a_bomb_of_segments_is_not_unpacked(make: ObjectMaker) -> None:
    """Megabytes of segments in a stream of some kilobytes are left where they are; the picture is drawn without."""
    stream = jpeg(GREY.astype(np.uint8))
    bomb = recompressed(stream[:2] + SEGMENT * 400 + stream[2:])
    assert len(bomb) < 1 << 14
    frame, decoder = decoded(make, RECOMPRESSED, bomb)
    assert decoder == CODECS[RECOMPRESSED].decoders[1].name
    before, _ = decoded(make, JPEG_BASELINE, stream)
    assert np.abs(frame.cells.astype(int) - before.cells).max() <= 4


def test_a_stream_of_another_size_is_refused(make: ObjectMaker) -> None:
    """RR-5: what no frame of the object can be is not decoded."""
    stream = recompressed(jpeg(np.tile(GREY.astype(np.uint8), (8, 8))))
    with pytest.raises(CorruptObject, match="the object says 61 x 47"):
        decoded(make, RECOMPRESSED, stream)


def test_each_cut_is_refused_or_drawn(make: ObjectMaker) -> None:
    """A cut stream is an object that cannot be decoded, never another error."""
    stream = recompressed(jpeg(GREY.astype(np.uint8)))
    refused = 0
    for length in range(2, len(stream), 7):
        try:
            frame, _ = decoded(make, RECOMPRESSED, stream[:length])
        except CorruptObject:
            refused += 1
        else:
            assert frame.cells.shape == (ROWS, COLUMNS)
    assert refused > len(stream) // 7 // 2
