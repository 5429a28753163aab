"""Frames decoded without the details, or read without the rows, that a picture does not show."""

from __future__ import annotations

import io
import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image

from corpus_files import catalog, opened
from one_object import OneObject
from openwado import pictures, produce
from openwado.dicom.codecs import CODECS, decode_frame, decode_stream
from openwado.dicom.frame_extent import FrameExtent
from openwado.dicom.image_pixel import ImagePixel
from openwado.dicom.picture_record import LookupTable, OverlayPlane, Palette
from openwado.dicom.reader import NotAnObject
from openwado.dicom.reduced_decoders import decode_reduced_jpeg, decode_reduced_jpeg2000
from openwado.errors import CorruptObject, WadoError
from openwado.jobs import PictureJob
from openwado.render.pipeline import render
from openwado.render.presentation import Presentation, resolve_presentation
from openwado.render.reduction import extent_of
from openwado.render.viewport import Viewport
from openwado.render.voi_lut import ActualRange, VoiWindow

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from dicom.conftest import ObjectMaker
    from openwado.dicom.frame import Frame
    from openwado.render.raster import Raster

ROWS, COLUMNS = 203, 300

#: dB between the pictures drawn of reduced and of whole frames, at least, for real images (see docs/decisions.md); and
#: for very small ones, of which a few are less alike.
LEAST, LEAST_OF_SMALLEST = 40.0, 39.0

#: Columns of small pictures, and of which on the rule holds without exception.
SIZES, RULED = (32, 48, 64, 80, 100, 128, 160, 200, 256, 512), 100

#: The whole of an image, and pieces whose edges lie well and badly for halving.
REGIONS = (None, (0.103, 0.117, 0.897, 0.871), (0.25, 0.25, 0.75, 0.75), (0.3, 0.2, 0.9, 0.7))


def decibels(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Return the peak signal-to-noise ratio of two pictures."""
    difference = one.astype(np.float64) - other
    return float(10 * np.log10(255**2 / max(np.square(difference).mean(), 1e-3)))


def picture_of(file: object) -> NDArray[np.uint8]:
    """Return the pixels of a picture file."""
    assert isinstance(file, bytes)
    return np.asarray(Image.open(io.BytesIO(file)))


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
    step = -(-COLUMNS // values.shape[1])
    filled = np.pad(cells, ((0, -ROWS % step), (0, -COLUMNS % step)), "edge").astype(np.float32)
    near = cv2.resize(filled, values.shape[::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(values[1:-1, 1:-1] - near[1:-1, 1:-1]).max() <= highest * 0.01


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


@pytest.mark.parametrize("halvings", [1, 2, 3])
def test_reduced_frames_lie_where_the_whole_one_does(halvings: int) -> None:
    """A slope has the same values at the same places, whichever resolution it is drawn from: nothing is shifted."""
    x = np.arange(COLUMNS)[np.newaxis, :] + 2 * np.arange(ROWS)[:, np.newaxis]
    slope = (4 * x).astype(np.uint16)
    found = decode_reduced_jpeg2000(jpeg2000(slope, 12), pixel(slope, 12), halvings)
    assert found is not None
    step = -(-COLUMNS // found.cells.shape[1])
    for row, column in ((3, 4), (10, 20)):
        meant = slope[row * step : (row + 1) * step, column * step : (column + 1) * step].mean()
        assert abs(float(found.cells[row, column]) - meant) <= 2


def test_bits_above_bits_stored_never_get_into_averages() -> None:
    """RR-1: unused bits may hold anything, an old overlay say; a reversible stream that can is decoded whole."""
    cells = shades(4000)
    marked = cells | (np.indices(cells.shape).sum(0) // 3 % 2 << 12).astype(np.uint16)
    image = pixel(cells, 12)
    stream = jpeg2000(marked, 16)
    assert decode_reduced_jpeg2000(stream, image, 2) is None
    whole: NDArray[Any] = decode_stream(stream, CODECS["1.2.840.10008.1.2.4.90"], image).cells
    assert np.array_equal(whole & 4095, cells)
    assert decode_reduced_jpeg2000(jpeg2000(cells, 12), replace_pixel(image, high_bit=15), 2) is None
    lossy = bytes(imagecodecs.jpeg2k_encode(cells, codecformat="j2k", reversible=False, level=60, bitspersample=16))
    found = decode_reduced_jpeg2000(lossy, image, 2)
    assert found is not None
    assert int(found.cells.max()) <= 4095


def test_an_image_area_that_does_not_start_with_the_grid_is_decoded_whole() -> None:
    """ISO 15444-1 B.2: where the image area starts decides on which pixels the samples of lower resolutions lie."""
    cells = shades(4000)
    stream = bytearray(jpeg2000(cells, 12))
    image = pixel(cells, 12)
    assert decode_reduced_jpeg2000(bytes(stream), image, 1) is not None
    for place in (8, 16, 24, 32):  # Xsiz, XOsiz, XTsiz and XTOsiz: the grid is moved with all that lies on it
        stream[place : place + 4] = (int.from_bytes(stream[place : place + 4], "big") + (place < 24)).to_bytes(4, "big")
    assert decode_reduced_jpeg2000(bytes(stream), image, 1) is None


@pytest.mark.parametrize("uid", ["1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.201"])
def test_what_is_refused_whole_is_refused_reduced(uid: str) -> None:
    """A stream broken anywhere gives no small picture if it gives no large one: HTJ2K is never reduced."""
    random = np.random.default_rng(int(uid[-2:]))
    noisy = np.clip(shades(200) + random.normal(0, 8, (ROWS, COLUMNS)), 0, 255).astype(np.uint8)
    colors = np.stack([noisy, noisy[::-1], noisy[:, ::-1]], axis=2)
    image = pixel(colors, 8, "YBR_FULL_422")
    stream = {
        "50": bytes(imagecodecs.jpeg8_encode(colors, 90, subsampling="422")),
        "90": jpeg2000(colors, 8),
        "01": bytes(imagecodecs.htj2k_encode(colors)),
    }[uid[-2:]]
    codec = CODECS[uid]
    assert (codec.reduced is None) == (uid[-2:] == "01")
    refused = 0
    for turn in range(300):
        broken = bytearray(stream)
        place = int(random.integers(20, len(broken) - 12))
        if turn % 4 == 0:
            broken[place : place + 8] = random.integers(0, 255, 8, np.uint8).tobytes()
        elif turn % 4 == 1:
            broken[place] ^= 1 << int(random.integers(8))
        elif turn % 4 == 2:
            broken = broken[:place] + b"\xff\xd9"
        else:
            del broken[place : place + int(random.integers(1, 60))]
        try:
            decode_stream(bytes(broken), codec, image)
        except WadoError:
            refused += 1
            for decoder in (decode_reduced_jpeg, decode_reduced_jpeg2000):
                try:
                    found = decoder(bytes(broken), image, 2)
                except Exception:  # noqa: BLE001 -- libraries raise what they like
                    found = None
                assert found is None, (turn, place)
    assert refused > 0


def halvings_of(presentation: Presentation, image_pixel: ImagePixel, margin: int = 4) -> int:
    """Return how often a frame may be halved."""
    return extent_of(presentation, image_pixel, margin).halvings


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"])
def test_small_pictures_are_drawn_of_reduced_frames(
    make: ObjectMaker, monkeypatch: pytest.MonkeyPatch, syntax: str
) -> None:
    """Requests with rows or columns have the frame decoded at a fraction, those without never; both look alike."""
    y, x = np.mgrid[0:1024, 0:1024]
    grey = ((np.sin(x / 31) * np.cos(y / 23) + 1) / 2 * 255).astype(np.uint8)
    if syntax.endswith(".50"):
        stream = bytes(imagecodecs.jpeg8_encode(grey, 95))
    else:
        lossy = syntax.endswith(".91")
        stream = bytes(imagecodecs.jpeg2k_encode(grey, codecformat="j2k", reversible=not lossy, level=50 * lossy))
    stored = make.encapsulated(
        syntax, [stream], make.data_set(1024, 1024, WindowCenter=128, WindowWidth=256, VOILUTFunction="LINEAR")
    )
    picture = stored.instance.picture
    assert picture is not None
    sizes = []
    drawn = render

    def watched(frame: Frame, *rest: Any) -> Raster:  # noqa: ANN401 -- as it came
        sizes.append(frame.cells.shape)
        return drawn(frame, *rest)

    monkeypatch.setattr(pictures, "render", watched)
    store = OneObject(stored.source)
    for columns, height in ((128, 512), (256, None), (None, 1024)):
        job = PictureJob(
            stored.instance,
            stored.entries[0],
            1,
            picture.frame_attributes,
            "image/png",
            window=(120, 200),
            columns=columns,
        )
        body = produce.produce(job, store).parts[0]
        if height is not None:
            assert sizes[-1] == (height, height)
        with monkeypatch.context() as whole:
            whole.setattr(pictures, "extent_of", lambda *_: FrameExtent())
            expected = produce.produce(job, store).parts[0]
        assert sizes[-1] == (1024, 1024)
        if columns is None:
            assert body == expected
        else:
            assert decibels(picture_of(body), picture_of(expected)) >= LEAST
    assert min(sizes) < (1024, 1024)


def test_what_counts_every_value_is_decoded_whole() -> None:
    """Padding, palettes, labels, the range used, bits within cells, and pictures nearly as large, reduce nothing."""
    image = replace_pixel(pixel(shades(4000), 12), rows=208, columns=320)
    small = Presentation(Viewport(208, 320, 0, 0, 320, 208, 26, 40), voi_lut=VoiWindow(40, 400))
    embedded = OverlayPlane(0x6000, ROWS, COLUMNS, 1, 1, False, 1, 0, True, 12, 0, 0, 1)  # noqa: FBT003 -- a record
    assert halvings_of(small, image) == 1
    assert halvings_of(replace(small, viewport=replace(small.viewport, rows=13, columns=20)), image) == 2
    assert halvings_of(replace(small, viewport=replace(small.viewport, rows=27, columns=41)), image) == 0
    assert halvings_of(replace(small, viewport=replace(small.viewport, right=160, bottom=104)), image) == 0
    for whole in (
        replace(small, padding=(0, 0)),
        replace(small, palette_color_lut=Palette(*[LookupTable(0, 8, bytes(512))] * 3)),
        replace(small, voi_lut=ActualRange()),
        replace(small, is_interpolated=False),
        replace(small, overlay_planes=(embedded,)),
        replace(small, viewport=replace(small.viewport, rows=52, columns=76)),
        replace(small, viewport=replace(small.viewport, rows=2 * ROWS, columns=2 * COLUMNS)),
    ):
        assert halvings_of(whole, image) == 0
    assert extent_of(small, image, None).halvings == 0  # a codec that decodes nothing at a fraction
    assert halvings_of(small, image, 3) == 1
    assert halvings_of(replace(small, viewport=replace(small.viewport, rows=34, columns=53)), image, 3) == 1
    assert halvings_of(small, replace_pixel(image, bits_allocated=1, bits_stored=1, high_bit=0)) == 0


def test_edges_that_would_move_are_decoded_finer() -> None:
    """No edge of a piece moves by more than a thirty-second of a pixel of the picture."""
    image = replace_pixel(pixel(shades(4000), 12), rows=1024, columns=1024)
    piece = Viewport(1024, 1024, 512, 256, 1024, 768, 8, 8)
    shown = Presentation(piece, voi_lut=VoiWindow(40, 400))
    assert halvings_of(shown, image) == 4
    # a pixel of the picture is not quite 64 of the image: an edge may move by one of them, but not by two
    for moved, halvings in ((1, 3), (2, 1), (4, 2), (6, 1), (8, 3)):
        assert halvings_of(replace(shown, viewport=replace(piece, left=512 + moved)), image) == halvings
    assert halvings_of(replace(shown, viewport=replace(piece, left=513, rows=15, columns=15)), image) == 3
    assert halvings_of(replace(shown, viewport=replace(piece, left=513, rows=16, columns=16)), image) == 0


@pytest.mark.corpus
def test_pictures_of_given_objects_are_nearly_the_same(corpus: Path) -> None:
    """The picture drawn of a reduced frame is that of the whole one, but for fine grain: see docs/decisions.md."""
    found: dict[str, list[tuple[int, float]]] = {"jpeg": [], "jpeg2000": []}
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
        try:
            whole = file.frame(1)
        except CorruptObject:
            continue
        for region, columns in itertools.product(REGIONS, SIZES):
            shown = resolve_presentation(
                file.picture, file.frame_attributes(1), window=None, region=region, rows=None, columns=columns
            )
            wanted = extent_of(shown, file.picture.image_pixel, codec.reduced.margin)
            if not wanted.halvings:
                continue
            reduced = decode_frame(file.source, file.instance, file.entry(1), wanted=wanted)
            if reduced.cells.shape == whole.cells.shape:
                assert np.array_equal(reduced.cells, whole.cells)
                continue
            likeness = decibels(render(whole, shown).pixels, render(reduced, shown).pixels)
            kind = "jpeg" if row["transfer_syntax_uid"].endswith((".4.50", ".4.51")) else "jpeg2000"
            found[kind].append((columns, likeness))
    for kind, likenesses in found.items():
        every = [likeness for _, likeness in likenesses]
        ruled = [likeness for columns, likeness in likenesses if columns >= RULED]
        spread = (
            f"least {min(every):.1f} dB, half above {np.median(every):.1f}, {sum(one < LEAST for one in every)} below"
        )
        print(
            f"{kind}: {len(every)} pictures, {spread}; of at least {RULED} columns {len(ruled)}, least {min(ruled):.1f}"
        )
        assert len(every) >= 50
        assert min(every) >= LEAST_OF_SMALLEST
        assert min(ruled) >= LEAST
