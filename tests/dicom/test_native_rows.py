"""Of a native frame only the rows are read that a region shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from msgspec import structs

from corpus_files import catalog, opened
from one_object import OneObject
from openwado import pictures, produce
from openwado.dicom.codecs import CODECS, decode_frame
from openwado.dicom.frame_extent import FrameExtent
from openwado.dicom.picture_record import DisplayShutter, OverlayPlane
from openwado.dicom.reader import NotAnObject
from openwado.errors import CorruptObject, WadoError
from openwado.jobs import PictureJob
from openwado.render.pipeline import render
from openwado.render.presentation import resolve_presentation
from openwado.render.reduction import extent_of
from openwado.render.voi_lut import ActualRange, VoiWindow

if TYPE_CHECKING:
    from pathlib import Path

    from dicom.conftest import ObjectMaker, Stored
    from openwado.dicom.frame import Frame
    from openwado.dicom.source import ByteSource

EXPLICIT = "1.2.840.10008.1.2.1"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
ROWS, COLUMNS = 40, 12
BAND = (7, 19)


def stored(make: ObjectMaker, syntax: str, bits: int, rows: int = ROWS, **attributes: Any) -> Stored:  # noqa: ANN401 -- values of any VR
    """Return an object of two frames of noise."""
    data_set = make.data_set(rows, COLUMNS, BitsAllocated=bits, NumberOfFrames=2, **attributes)
    samples = 2 if data_set.PhotometricInterpretation == "YBR_FULL_422" else data_set.SamplesPerPixel
    count = -(-2 * rows * COLUMNS * samples * bits // 8)
    data_set.PixelData = np.random.default_rng(bits).integers(0, 256, count + count % 2, np.uint8).tobytes()
    data_set["PixelData"].VR = "OW"
    return make.stored(syntax, data_set)


def frame_of(found: Stored, source: ByteSource, wanted: FrameExtent) -> Frame:
    """Decode the second frame."""
    return decode_frame(source, found.instance, found.entries[1], wanted=wanted)


@pytest.mark.parametrize("syntax", [EXPLICIT, BIG_ENDIAN, DEFLATED])
@pytest.mark.parametrize(
    ("bits", "attributes"),
    [
        (8, {}),
        (16, {}),
        (16, {"BitsStored": 12, "PixelRepresentation": 1}),
        (32, {}),
        (8, {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}),
        (8, {"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_FULL_422"}),
    ],
)
def test_only_the_rows_wanted_are_read(make: ObjectMaker, syntax: str, bits: int, attributes: dict[str, Any]) -> None:
    """PS3.5 8.1.1: rows follow each other, so that some of them lie together; their cells are those of the frame."""
    found = stored(make, syntax, bits, **attributes)
    whole = frame_of(found, found.source, FrameExtent())
    source = OneObject(found.source)
    band = frame_of(found, source, FrameExtent(rows=BAND))
    assert whole.band is None
    assert band.band == BAND
    assert np.array_equal(band.cells, whole.cells[slice(*BAND)])
    assert replace(band, cells=whole.cells, band=None) == replace(whole, cells=whole.cells)
    if syntax != DEFLATED:  # which has to be inflated first
        assert source.lengths == [found.entries[1].length // ROWS * (BAND[1] - BAND[0])]


@pytest.mark.parametrize(
    ("bits", "attributes"),
    [
        (1, {}),
        (12, {}),
        (8, {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 1}),
    ],
)
def test_rows_that_do_not_lie_together_are_read_with_the_frame(
    make: ObjectMaker, bits: int, attributes: dict[str, Any]
) -> None:
    """RR-2, RR-4: packed cells may begin within a byte, and planes hold a row in three places."""
    found = stored(make, EXPLICIT, bits, **attributes)
    band = frame_of(found, found.source, FrameExtent(rows=BAND))
    assert band.band is None
    assert np.array_equal(band.cells, frame_of(found, found.source, FrameExtent()).cells)


def test_words_that_hold_two_rows_are_read_with_the_frame(make: ObjectMaker) -> None:
    """PS3.5 7.3: where rows of an odd number of bytes were written as big-endian words, rows share words."""
    data_set = make.data_set(6, 5)
    data_set.PixelData = bytes(range(30))
    data_set["PixelData"].VR = "OW"
    found = make.stored(BIG_ENDIAN, data_set)
    whole = decode_frame(found.source, found.instance, found.entries[0])
    band = decode_frame(found.source, found.instance, found.entries[0], wanted=FrameExtent(rows=(1, 3)))
    assert np.array_equal(band.cells[slice(1, 3) if band.band is None else slice(None)], whole.cells[1:3])


def test_a_frame_that_is_cut_short_is_refused_even_where_its_rows_are_there(make: ObjectMaker) -> None:
    """What is refused whole is refused in part, with the same words."""
    found = stored(make, EXPLICIT, 16)
    after = found.source.size - found.entries[1].offset - found.entries[1].length
    refusals = []
    for wanted in (FrameExtent(), FrameExtent(rows=(0, 2))):
        with pytest.raises(CorruptObject) as refusal:
            frame_of(found, OneObject(found.source, missing=after + 1), wanted)
        refusals.append(str(refusal.value))
    assert refusals[0] == refusals[1]


def test_pictures_of_regions_are_the_same_to_the_bit(make: ObjectMaker) -> None:
    """9.3: shutters, overlay planes and circles count in the whole image, whatever of it was read."""
    found = stored(make, EXPLICIT, 16, BitsStored=12, WindowCenter=2000, WindowWidth=3000)
    picture = found.instance.picture
    assert picture is not None
    for region in ((0.1, 0.2, 0.9, 0.5), (0.0, 0.5, 1.0, 1.0), (0.3, 0.0, 0.6, 0.025)):
        for columns in (None, 3, 50):
            shown = resolve_presentation(
                picture, picture.frame_attributes, window=None, region=region, rows=None, columns=columns
            )
            shown = replace(shown, display_shutter=DisplayShutter(circle=(15, 6, 9)))
            wanted = extent_of(shown, picture.image_pixel, None)
            assert wanted.rows == (shown.viewport.top, shown.viewport.bottom)
            band = frame_of(found, found.source, wanted)
            assert band.band == wanted.rows
            whole = frame_of(found, found.source, FrameExtent())
            assert np.array_equal(render(band, shown).pixels, render(whole, shown).pixels)


def test_what_needs_the_whole_frame(make: ObjectMaker) -> None:
    """RR-20a, RR-24: the range that a frame uses is that of all its rows, and embedded planes count in all of them."""
    found = stored(make, EXPLICIT, 16, BitsStored=12, WindowCenter=2000, WindowWidth=3000)
    picture = found.instance.picture
    assert picture is not None
    shown = resolve_presentation(
        picture, picture.frame_attributes, window=None, region=(0, 0.2, 1, 0.5), rows=None, columns=None
    )
    image = picture.image_pixel
    floats = structs.replace(image, element="FloatPixelData")
    embedded = OverlayPlane(0x6000, ROWS, COLUMNS, 1, 1, False, 1, 0, True, 12, 0, 0, 1)  # noqa: FBT003 -- a record
    own = OverlayPlane(0x6000, ROWS, COLUMNS, 1, 1, False, 1, 0, False, 0, 0, 60, 1)  # noqa: FBT003 -- a record
    assert extent_of(shown, image, None).rows == (8, 20)
    assert extent_of(replace(shown, overlay_planes=(own,)), image, None).rows == (8, 20)
    assert extent_of(replace(shown, padding=(0, 0)), image, None).rows == (8, 20)
    assert extent_of(replace(shown, voi_lut=VoiWindow(1, 2)), floats, None).rows == (8, 20)
    assert extent_of(replace(shown, voi_lut=None), image, None).rows == (8, 20)
    assert extent_of(replace(shown, voi_lut=None), floats, None).rows is None
    assert extent_of(replace(shown, voi_lut=ActualRange()), image, None).rows is None
    assert extent_of(replace(shown, overlay_planes=(embedded,)), image, None).rows is None
    assert extent_of(replace(shown, viewport=replace(shown.viewport, top=0, bottom=ROWS)), image, None).rows is None


@pytest.mark.parametrize("syntax", [EXPLICIT, BIG_ENDIAN])
@pytest.mark.parametrize("size", [(None, None), (5, 9)])
def test_a_request_for_a_region_reads_its_rows_only(
    make: ObjectMaker, monkeypatch: pytest.MonkeyPatch, syntax: str, size: tuple[int | None, int | None]
) -> None:
    """9.3: the answer to a request is the very same file as if all of the frame had been read."""
    found = stored(make, syntax, 16, BitsStored=12, WindowCenter=2000, WindowWidth=3000)
    picture = found.instance.picture
    assert picture is not None
    job = PictureJob(
        found.instance,
        found.entries[1],
        2,
        picture.frame_attributes,
        "image/png",
        region=(0.1, 0.2, 0.9, 0.5),
        rows=size[0],
        columns=size[1],
    )
    rows, whole = OneObject(found.source), OneObject(found.source)
    drawn = produce.produce(job, rows)
    assert rows.lengths == [12 * COLUMNS * 2]  # rows 8 to 19
    monkeypatch.setattr(pictures, "extent_of", lambda *_: FrameExtent())
    assert produce.produce(job, whole) == drawn
    assert whole.lengths == [ROWS * COLUMNS * 2]


@pytest.mark.corpus
def test_regions_of_given_native_objects_are_the_same_to_the_bit(corpus: Path) -> None:
    """The picture of a region is the same whether all of the frame was read or only its rows."""
    bands = 0
    for name, row in catalog(corpus).items():
        codec = CODECS.get(row["transfer_syntax_uid"])
        if codec is None or codec.form != "native":
            continue
        try:
            file = opened((corpus / name).read_bytes())
        except (NotAnObject, ValueError):  # pydicom writes no file of what is none
            continue
        if file.instance.picture is None or file.instance.pixels is None or file.instance.pixels.encapsulated:
            continue
        try:
            shown = resolve_presentation(
                file.picture, file.frame_attributes(1), window=None, region=(0.1, 0.3, 0.8, 0.55), rows=None, columns=99
            )
            whole = file.frame(1)
            expected = render(whole, shown).pixels
        except WadoError:
            continue
        wanted = extent_of(shown, file.picture.image_pixel, None)
        band = decode_frame(file.source, file.instance, file.entry(1), wanted=wanted)
        bands += band.band is not None
        assert np.array_equal(render(band, shown).pixels, expected), name
    print(f"{bands} read in part")
    assert bands >= 50
