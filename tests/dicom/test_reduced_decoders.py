"""Frames decoded without the details that a picture does not show."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image

from corpus_files import catalog, opened
from openwado.dicom.codecs import CODECS, decode_frame
from openwado.dicom.image_pixel import ImagePixel
from openwado.dicom.picture_record import OverlayPlane
from openwado.dicom.reader import NotAnObject
from openwado.dicom.reduced_decoders import decode_reduced_jpeg, decode_reduced_jpeg2000
from openwado.errors import CorruptObject
from openwado.render.pipeline import render
from openwado.render.presentation import Presentation, resolve_presentation
from openwado.render.reduction import halvings_of
from openwado.render.viewport import Viewport
from openwado.render.voi_lut import ActualRange, VoiWindow

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ROWS, COLUMNS = 203, 300

#: dB between the pictures drawn of reduced and of whole frames, at least, for real images (see docs/decisions.md).
LEAST = {"jpeg": 38.0, "jpeg2000": 27.0}


def shades(highest: int, *, signed: bool = False) -> NDArray[Any]:
    """Return soft shades from the lowest to the highest value."""
    y, x = np.mgrid[0:ROWS, 0:COLUMNS]
    drawn = (np.sin(x / 31) * np.cos(y / 23) + 1) / 2 * highest
    if signed:
        return np.asarray((drawn - highest / 2).astype(np.int16))
    return np.asarray(drawn.astype(np.uint8 if highest < 256 else np.uint16))


def pixel(cells: NDArray[Any], bits: int, photometric: str = "MONOCHROME2") -> ImagePixel:
    """Return the description of an image."""
    signed = int(cells.dtype.kind == "i")
    samples = 3 if cells.ndim == 3 else 1
    allocated = 8 if bits == 8 else 16
    return ImagePixel(ROWS, COLUMNS, samples, photometric, allocated, bits, bits - 1, signed, 0, 1, "PixelData")


def jpeg2000(cells: NDArray[Any], bits: int, **options: Any) -> bytes:  # noqa: ANN401 -- the encoder's own
    """Return a lossless stream."""
    return bytes(
        imagecodecs.jpeg2k_encode(
            cells, codecformat="j2k", reversible=True, bitspersample=bits, numthreads=1, **options
        )
    )


@pytest.mark.parametrize("halvings", [1, 2, 3])
@pytest.mark.parametrize(
    ("highest", "bits", "signed"), [(255, 8, False), (4000, 12, False), (65000, 16, False), (4000, 16, True)]
)
def test_lower_resolutions_hold_the_same_values(halvings: int, highest: int, bits: int, *, signed: bool) -> None:
    """A reduced frame has its extents halved and rounded up, and values like the averages of the whole one."""
    cells = shades(highest, signed=signed)
    found = decode_reduced_jpeg2000(jpeg2000(cells, bits), pixel(cells, bits), halvings)
    assert found is not None
    sizes = [(-(-ROWS // 2**least), -(-COLUMNS // 2**least)) for least in (halvings, max(1, halvings - 1))]
    assert found.cells.shape in sizes  # some odd extents are counted in another way by Pillow than by OpenJPEG
    values = np.asarray(found.cells.view(np.int16) if signed else found.cells, np.int64)
    near = cv2.resize(cells.astype(np.float32), values.shape[::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(values[2:-2, 2:-2] - near[2:-2, 2:-2]).max() <= highest * 0.05


def test_colours_stay_colours() -> None:
    """RR-10, RR-11: reduced frames of colour streams are RGB, as whole ones are."""
    cells = np.stack([shades(200), shades(100), shades(50)], axis=2)
    for stream, decode in (
        (jpeg2000(cells, 8), decode_reduced_jpeg2000),
        (bytes(imagecodecs.jpeg8_encode(cells, 95, subsampling="444")), decode_reduced_jpeg),
    ):
        found = decode(stream, pixel(cells, 8, "YBR_FULL"), 2)
        assert found is not None
        assert (found.cells.shape, found.photometric_interpretation) == ((51, 75, 3), "RGB")
        near = cv2.resize(cells, (75, 51), interpolation=cv2.INTER_AREA)
        assert np.abs(found.cells[2:-2, 2:-2].astype(int) - near[2:-2, 2:-2]).max() <= 12


def test_never_more_halvings_than_there_are() -> None:
    """A stream of one resolution, and a transform of eight samples, are reduced no further than they can be."""
    cells = shades(4000)
    assert decode_reduced_jpeg2000(jpeg2000(cells, 12, resolutions=1), pixel(cells, 12), 3) is None
    found = decode_reduced_jpeg2000(jpeg2000(cells, 12, resolutions=2), pixel(cells, 12), 3)
    assert found is not None
    assert found.cells.shape == (102, 150)
    grey = shades(255)
    found = decode_reduced_jpeg(bytes(imagecodecs.jpeg8_encode(grey, 90)), pixel(grey, 8), 9)
    assert found is not None
    assert found.cells.shape == (26, 38)


@pytest.mark.parametrize("kept", [0.3, 0.7, 0.95, 0.999])
def test_a_stream_that_is_cut_off_is_left_to_the_whole_decoder(kept: float) -> None:
    """The first resolutions of a broken stream may be there: its picture is refused all the same, as it is in full."""
    cells = shades(4000)
    stream = jpeg2000(cells, 12)
    assert decode_reduced_jpeg2000(stream[: int(kept * len(stream))], pixel(cells, 12), 2) is None
    grey = shades(255)
    stream = bytes(imagecodecs.jpeg8_encode(grey, 90))
    assert decode_reduced_jpeg(stream[: int(kept * len(stream))], pixel(grey, 8), 2) is None


def test_streams_that_others_would_take_otherwise_are_decoded_whole() -> None:
    """RR-5, RR-11: another size, sign or depth than the object's, lossless JPEG, and RGB without a mark."""
    cells, grey = shades(4000), shades(255)
    stream = jpeg2000(cells, 12)
    assert decode_reduced_jpeg2000(stream, replace_pixel(pixel(cells, 12), rows=ROWS + 1), 2) is None
    assert decode_reduced_jpeg2000(stream, replace_pixel(pixel(cells, 12), pixel_representation=1), 2) is None
    baseline = bytes(imagecodecs.jpeg8_encode(grey, 90))
    assert decode_reduced_jpeg(baseline, replace_pixel(pixel(grey, 8), columns=COLUMNS - 1), 2) is None
    assert decode_reduced_jpeg(bytes(imagecodecs.jpeg8_encode(grey, lossless=True)), pixel(grey, 8), 2) is None
    assert decode_reduced_jpeg(bytes(imagecodecs.jpegls_encode(grey)), pixel(grey, 8), 2) is None
    file = io.BytesIO()
    Image.fromarray(np.stack([grey] * 3, axis=2)).save(file, "JPEG", subsampling=0)
    bare = file.getvalue()[:2] + file.getvalue()[20:]
    colors = np.stack([grey] * 3, axis=2)
    assert decode_reduced_jpeg(bare, pixel(colors, 8, "RGB"), 2) is None
    assert decode_reduced_jpeg(bare, pixel(colors, 8, "YBR_FULL"), 2) is not None


def replace_pixel(image_pixel: ImagePixel, **changes: Any) -> ImagePixel:  # noqa: ANN401 -- its fields
    """Return another description."""
    return ImagePixel(**{name: changes.get(name, getattr(image_pixel, name)) for name in ImagePixel.__struct_fields__})


def test_what_counts_every_value_is_decoded_whole() -> None:
    """Padding, palettes, labels, the range used, bits within cells, and pictures nearly as large, reduce nothing."""
    image = pixel(shades(4000), 12)
    small = Presentation(Viewport(ROWS, COLUMNS, 0, 0, COLUMNS, ROWS, 25, 37), voi_lut=VoiWindow(40, 400))
    embedded = OverlayPlane(0x6000, ROWS, COLUMNS, 1, 1, False, 1, 0, True, 12, 0, 0, 1)  # noqa: FBT003 -- a record
    assert halvings_of(small, image) == 2
    assert halvings_of(replace(small, viewport=replace(small.viewport, rows=26, columns=38)), image) == 1
    assert halvings_of(replace(small, viewport=replace(small.viewport, right=150, bottom=101)), image) == 1
    for whole in (
        replace(small, padding=(0, 0)),
        replace(small, voi_lut=ActualRange()),
        replace(small, is_interpolated=False),
        replace(small, overlay_planes=(embedded,)),
        replace(small, viewport=replace(small.viewport, rows=52, columns=76)),
        replace(small, viewport=replace(small.viewport, rows=2 * ROWS, columns=2 * COLUMNS)),
    ):
        assert halvings_of(whole, image) == 0
    assert halvings_of(small, replace_pixel(image, bits_allocated=1, bits_stored=1, high_bit=0)) == 0


@pytest.mark.corpus
def test_pictures_of_given_objects_are_nearly_the_same(corpus: Path) -> None:
    """The picture drawn of a reduced frame is that of the whole one, but for fine grain: see docs/decisions.md."""
    found: dict[str, list[float]] = {"jpeg": [], "jpeg2000": []}
    for name, row in catalog(corpus).items():
        codec = CODECS.get(row["transfer_syntax_uid"])
        if codec is None or codec.reduced is None:
            continue
        try:
            file = opened((corpus / name).read_bytes())
        except NotAnObject:
            continue
        if file.instance.picture is None or file.instance.pixels is None:
            continue
        for columns in (64, 128, 256):
            shown = resolve_presentation(
                file.picture, file.frame_attributes(1), window=None, region=None, rows=None, columns=columns
            )
            halvings = halvings_of(shown, file.picture.image_pixel)
            try:
                whole = file.frame(1)
            except CorruptObject:
                continue
            reduced = decode_frame(file.source, file.instance, file.entry(1), halvings=halvings)
            if reduced.cells.shape == whole.cells.shape:
                assert np.array_equal(reduced.cells, whole.cells)
                continue
            difference = render(whole, shown).pixels.astype(float) - render(reduced, shown).pixels
            kind = "jpeg" if row["transfer_syntax_uid"].endswith((".4.50", ".4.51")) else "jpeg2000"
            found[kind].append(10 * np.log10(255**2 / max(np.square(difference).mean(), 1e-3)))
    for kind, decibels in found.items():
        print(f"{kind}: {len(decibels)}, least {min(decibels):.1f} dB, half {np.median(decibels):.1f}")
        assert len(decibels) >= 20
        assert min(decibels) >= LEAST[kind]
