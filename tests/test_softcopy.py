"""Frames as presentation states show them (PS3.4 N.2; RR-30 … RR-42)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import (
    UID,
    ColorSoftcopyPresentationStateStorage,
    ExplicitVRLittleEndian,
    GrayscalePlanarMPRVolumetricPresentationStateStorage,
    PseudoColorSoftcopyPresentationStateStorage,
    SecondaryCaptureImageStorage,
)

from made_states import SERIES, STUDY, displayed_area, items, references, write_state
from openwado.archive.file_store import FileStore
from openwado.errors import BadRequest, CorruptObject, NotSupported
from openwado.ingest import read_file
from openwado.jobs import PictureJob
from openwado.produce import produce

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

IMAGE = "1.2.30.1.1"
#: No row, no column and no corner is like another one.
CELLS = (np.add.outer(np.arange(6) * 40, np.arange(9) * 4) + 3).astype(np.uint8)


class Pair:
    """An image and a state in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.image = self.write_image(CELLS)

    def write_image(self, cells: NDArray[Any], **attributes: Any) -> Path:  # noqa: ANN401 -- values of any VR
        """Write the image."""
        path = self._folder / "image.dcm"
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = SecondaryCaptureImageStorage, UID(IMAGE)
        image = FileDataset(path, {}, file_meta=meta, preamble=bytes(128))
        image.SOPClassUID, image.SOPInstanceUID = SecondaryCaptureImageStorage, IMAGE
        image.StudyInstanceUID, image.SeriesInstanceUID, image.Modality = STUDY, SERIES, "OT"
        color = cells.ndim == 3 and cells.shape[2] == 3
        image.Rows, image.Columns = cells.shape[:2] if color else cells.shape[-2:]
        image.SamplesPerPixel = 3 if color else 1
        image.PhotometricInterpretation = "RGB" if color else "MONOCHROME2"
        if color:
            image.PlanarConfiguration = 0
        elif cells.ndim == 3:
            image.NumberOfFrames = cells.shape[0]
        image.BitsAllocated = image.BitsStored = 8 * cells.itemsize
        image.HighBit = image.BitsStored - 1
        image.PixelRepresentation = int(cells.dtype.kind == "i")
        for keyword, value in attributes.items():
            if keyword.startswith("x6"):
                image.add_new(int(keyword[1:], 16), *value)
            else:
                setattr(image, keyword, value)
        value = cells.tobytes()
        image.PixelData = value + bytes(len(value) % 2)
        image["PixelData"].VR = "OW"
        image.save_as(path, enforce_file_format=True)
        return path

    def shown(self, frame: int = 1, sop_class: Any = None, request: dict[str, Any] | None = None, **state: Any) -> Any:  # noqa: ANN401 -- of any VR
        """Return the picture of a frame under a state with some attributes, as an array."""
        more = {} if sop_class is None else {"sop_class": sop_class}
        path = write_state(self._folder / "state.dcm", "1.2.30.2.1", state.pop("of", IMAGE), **more, **state)
        store = FileStore()
        readings = [read_file(store, str(file)).reading for file in (self.image, path)]
        assert readings[0] is not None
        assert readings[1] is not None
        image, record = readings[0].instance, readings[1].instance
        from openwado.dicom.frames import native_entry  # noqa: PLC0415 -- here only

        assert image.picture is not None
        job = PictureJob(
            image,
            native_entry(image, frame),
            frame,
            image.picture.frame_attributes,
            "image/png",
            presentation_state=record,
            **(request or {}),
        )
        (body,) = produce(job, store).parts
        assert isinstance(body, bytes)
        return np.asarray(Image.open(io.BytesIO(body)))


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """Return an image and what makes states of it."""
    return Pair(tmp_path)


ORIENTATIONS = [
    (rotation, flip, corners)
    for (rotation, flip), corners in {
        (0, "N"): ("TL", "BR"),
        (90, "N"): ("BL", "TR"),
        (180, "N"): ("BR", "TL"),
        (270, "N"): ("TR", "BL"),
        (0, "Y"): ("TR", "BL"),
        (90, "Y"): ("TL", "BR"),
        (180, "Y"): ("BL", "TR"),
        (270, "Y"): ("BR", "TL"),
    }.items()
]
CORNERS = {"TL": (1, 1), "TR": (9, 1), "BL": (1, 6), "BR": (9, 6)}


def turned(cells: NDArray[Any], rotation: int, flip: str) -> NDArray[Any]:
    """Turn clockwise, then mirror: by a plain loop."""
    for _ in range(rotation // 90):
        cells = np.array(
            [[cells[cells.shape[0] - 1 - x, y] for x in range(cells.shape[0])] for y in range(cells.shape[1])]
        )
    return cells[:, ::-1] if flip == "Y" else cells


@pytest.mark.parametrize(("rotation", "flip", "corners"), ORIENTATIONS)
def test_rr_39_40_eight_orientations(pair: Pair, rotation: int, flip: str, corners: tuple[str, str]) -> None:
    """RR-39, RR-40: clockwise, then flipped; the whole image by the corners that the clause lists for each."""
    area = displayed_area(CORNERS[corners[0]], CORNERS[corners[1]])
    shown = pair.shown(ImageRotation=rotation, ImageHorizontalFlip=flip, DisplayedAreaSelectionSequence=area)
    np.testing.assert_array_equal(shown, turned(CELLS, rotation, flip))


@pytest.mark.parametrize(("rotation", "flip", "corners"), ORIENTATIONS)
def test_rr_40_a_part_and_beyond(pair: Pair, rotation: int, flip: str, corners: tuple[str, str]) -> None:
    """RR-40: a part of the image in each orientation; what lies outside of it is black."""
    box = {"TL": (3, 2), "TR": (7, 2), "BL": (3, 5), "BR": (7, 5)}
    area = displayed_area(box[corners[0]], box[corners[1]])
    shown = pair.shown(ImageRotation=rotation, ImageHorizontalFlip=flip, DisplayedAreaSelectionSequence=area)
    np.testing.assert_array_equal(shown, turned(CELLS[1:5, 2:7], rotation, flip))
    box = {"TL": (-1, 0), "TR": (11, 0), "BL": (-1, 8), "BR": (11, 8)}
    area = displayed_area(box[corners[0]], box[corners[1]])
    shown = pair.shown(ImageRotation=rotation, ImageHorizontalFlip=flip, DisplayedAreaSelectionSequence=area)
    np.testing.assert_array_equal(shown, turned(np.pad(CELLS, ((1, 2), (2, 2))), rotation, flip))


def test_rr_40_size_modes(pair: Pair) -> None:
    """REQ-URI-8.2.9-6, -7: fitted with the state's aspect; MAGNIFY is cropped to rows and columns, never scaled."""
    whole = ((1, 1), (9, 6))
    fit = displayed_area(*whole)
    assert pair.shown(DisplayedAreaSelectionSequence=fit, request={"rows": 60, "columns": 60}).shape == (40, 60)
    tall = displayed_area(*whole, PresentationPixelAspectRatio=[3, 1])
    assert pair.shown(DisplayedAreaSelectionSequence=tall, request={"columns": 90}).shape == (180, 90)
    assert pair.shown(DisplayedAreaSelectionSequence=tall, ImageRotation=90, request={"rows": 90}).shape[0] == 90
    assert pair.shown(DisplayedAreaSelectionSequence=tall).shape == (6, 9)
    magnified = displayed_area(*whole, "MAGNIFY", PresentationPixelMagnificationRatio=4.0)
    full = pair.shown(DisplayedAreaSelectionSequence=magnified)
    assert full.shape == (24, 36)
    cropped = pair.shown(DisplayedAreaSelectionSequence=magnified, request={"rows": 10, "columns": 100})
    np.testing.assert_array_equal(cropped, full[:10])


def test_req_uri_8_2_9_5_region_is_of_the_displayed_area(pair: Pair) -> None:
    """REQ-URI-8.2.9-5: first the state, then the region of what it shows, then the size."""
    area = displayed_area((3, 2), (8, 5))
    request = {"region": (0.5, 0.0, 1.0, 0.5)}
    shown = pair.shown(DisplayedAreaSelectionSequence=area, request=request)
    np.testing.assert_array_equal(shown, CELLS[1:3, 5:8])


def test_rr_30_what_a_state_does_not_name_is_identity(pair: Pair) -> None:
    """RR-30: the image's own window, rescale and polarity are not used; its padding still is."""
    pair.write_image(
        CELLS, WindowCenter="10", WindowWidth="5", RescaleSlope="2", RescaleIntercept="-100", PixelPaddingValue=3
    )
    shown = pair.shown()
    expected = np.where(CELLS == 3, 0, CELLS)
    np.testing.assert_array_equal(shown, expected)


def test_rr_32_35_the_grey_steps(pair: Pair) -> None:
    """RR-32, RR-34, RR-35: Modality LUT, window, Presentation LUT, each by its own clause."""
    voi = items({"WindowCenter": "100", "WindowWidth": "101", "ReferencedImageSequence": references(IMAGE)})
    shown = pair.shown(SoftcopyVOILUTSequence=voi)
    ramp = np.clip((CELLS - 99.5) / 100 + 0.5, 0, 1) * 255
    np.testing.assert_array_equal(shown, np.floor(ramp + 0.5))
    rescaled = pair.shown(RescaleSlope="2", RescaleIntercept="-50", SoftcopyVOILUTSequence=voi)
    ramp = np.clip((CELLS * 2.0 - 50 - 99.5) / 100 + 0.5, 0, 1) * 255
    np.testing.assert_array_equal(rescaled, np.floor(ramp + 0.5))
    np.testing.assert_array_equal(pair.shown(PresentationLUTShape="INVERSE"), 255 - CELLS)
    table = items({"LUTDescriptor": [256, 0, 16], "LUTData": (np.arange(256)[::-1] * 257).astype("<u2").tobytes()})
    np.testing.assert_array_equal(pair.shown(PresentationLUTSequence=table), 255 - CELLS)
    lut = items({"LUTDescriptor": [256, 0, 8], "LUTData": np.full(256, 77, "<u2").tobytes()})
    assert (pair.shown(SoftcopyVOILUTSequence=items({"VOILUTSequence": lut})) == 77).all()


def test_rr_31_only_what_refers_to_the_frame(pair: Pair) -> None:
    """RR-31: items with references apply to those images and frames; a state that names others is refused."""
    pair.write_image(np.stack([CELLS, CELLS + 1]))
    low = {"WindowCenter": "0.5", "WindowWidth": "1", "ReferencedImageSequence": references(IMAGE, [1])}
    high = {"WindowCenter": "1000", "WindowWidth": "1", "ReferencedImageSequence": references(IMAGE, [2])}
    voi = items(low, high)
    assert (pair.shown(1, SoftcopyVOILUTSequence=voi) == 255).all()
    assert (pair.shown(2, SoftcopyVOILUTSequence=voi) == 0).all()
    with pytest.raises(BadRequest, match="does not refer"):
        pair.shown(2, frames=[1])
    with pytest.raises(BadRequest, match="does not refer"):
        pair.shown(of="1.2.3.4")


def test_rr_36_37_shutters_and_overlays(pair: Pair) -> None:
    """RR-36, RR-37: shutters of the state by shape and by bitmap, with their value, before everything is turned."""
    shown = pair.shown(
        ShutterShape="RECTANGULAR",
        ShutterLeftVerticalEdge="3",
        ShutterRightVerticalEdge="7",
        ShutterUpperHorizontalEdge="2",
        ShutterLowerHorizontalEdge="5",
        ShutterPresentationValue=0x8000,
        ImageRotation=90,
    )
    expected = np.full_like(CELLS, 0x80)
    expected[1:5, 2:7] = CELLS[1:5, 2:7]
    np.testing.assert_array_equal(shown, turned(expected, 90, "N"))
    bits = np.zeros((6, 9), bool)
    bits[0], bits[:, 8] = True, True
    shown = pair.shown(
        ShutterShape="BITMAP", ShutterOverlayGroup=0x6002, ShutterPresentationValue=0, **overlay(bits, "6002")
    )
    np.testing.assert_array_equal(shown, np.where(bits, 0, CELLS))


def overlay(bits: NDArray[np.bool_], group: str, layer: str | None = None) -> dict[str, Any]:
    """Return the elements of an overlay plane."""
    packed = np.packbits(bits.reshape(-1), bitorder="little").tobytes()
    found: dict[str, Any] = {
        f"x{group}0010": ("US", bits.shape[0]),
        f"x{group}0011": ("US", bits.shape[1]),
        f"x{group}0040": ("CS", "G"),
        f"x{group}0050": ("SS", [1, 1]),
        f"x{group}0100": ("US", 1),
        f"x{group}0102": ("US", 0),
        f"x{group}3000": ("OW", packed + bytes(len(packed) % 2)),
    }
    if layer is not None:
        found[f"x{group}1001"] = ("CS", layer)
    return found


def test_rr_38_42_overlays_by_activation_and_layer(pair: Pair) -> None:
    """RR-38, RR-42: a group is drawn where it has a layer, in its value; the state's own goes before the image's."""
    image_bits, state_bits = np.zeros((2, 6, 9), bool)
    image_bits[2, 3], state_bits[4, 5] = True, True
    pair.write_image(CELLS, **overlay(image_bits, "6000"), **overlay(image_bits, "6004"))
    layers = items(
        {"GraphicLayer": "ONE", "GraphicLayerOrder": 1, "GraphicLayerRecommendedDisplayGrayscaleValue": 0x2000}
    )
    np.testing.assert_array_equal(pair.shown(), CELLS)
    shown = pair.shown(GraphicLayerSequence=layers, x60001001=("CS", "ONE"))
    np.testing.assert_array_equal(shown, np.where(image_bits, 0x20, CELLS))
    shown = pair.shown(GraphicLayerSequence=layers, **overlay(state_bits, "6000", "ONE"))
    np.testing.assert_array_equal(shown, np.where(state_bits, 0x20, CELLS))
    shown = pair.shown(GraphicLayerSequence=layers, **overlay(state_bits, "6000", ""))
    np.testing.assert_array_equal(shown, CELLS)
    lab = items(
        {
            "GraphicLayer": "ONE",
            "GraphicLayerOrder": 1,
            "GraphicLayerRecommendedDisplayCIELabValue": [34886, 53485, 50171],
        }
    )
    colored = pair.shown(GraphicLayerSequence=lab, x60001001=("CS", "ONE"))
    assert colored.shape == (6, 9, 3)
    red, green, blue = colored[2, 3]
    assert red > 200
    assert max(green, blue) < 60


def annotation(**objects: Any) -> list[Any]:  # noqa: ANN401 -- items
    """Return a Graphic Annotation Sequence of one layer."""
    return items({"GraphicLayer": "L"} | objects)


def figure(kind: str, points: Sequence[float], filled: str = "N", units: str = "PIXEL") -> dict[str, Any]:
    """Return a Graphic Object."""
    return {
        "GraphicAnnotationUnits": units,
        "GraphicDimensions": 2,
        "NumberOfGraphicPoints": len(points) // 2,
        "GraphicData": list(points),
        "GraphicType": kind,
        "GraphicFilled": filled,
    }


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("flip", ["N", "Y"])
def test_rr_41_pixel_units_follow_the_image(pair: Pair, rotation: int, flip: str) -> None:
    """RR-41: 0.0 is the outer corner of the first pixel; figures turn with the image, at the size of the picture."""
    pair.write_image(np.zeros((6, 9), np.uint8))
    square = [2.0, 1.0, 5.0, 1.0, 5.0, 3.0, 2.0, 3.0, 2.0, 1.0]
    graphics = annotation(GraphicObjectSequence=items(figure("POLYLINE", square, "Y")))
    size = {"columns" if rotation % 180 == 0 else "rows": 900}
    shown = pair.shown(
        GraphicAnnotationSequence=graphics, ImageRotation=rotation, ImageHorizontalFlip=flip, request=size
    )
    expected = np.zeros((6, 9), np.uint8)
    expected[1:3, 2:5] = 255
    large = np.kron(turned(expected, rotation, flip), np.ones((100, 100), np.uint8))
    differs = np.abs(shown.astype(int) - large) > 128
    assert shown.shape == large.shape
    assert differs.sum() < 0.01 * differs.size, "but for the width of the outline"


def test_rr_41_shapes(pair: Pair) -> None:
    """RR-41: circles by centre and a point, ellipses by their axes, curves through all points, points."""
    pair.write_image(np.zeros((100, 100), np.uint8))

    def drawn(kind: str, points: Sequence[float], filled: str = "N") -> NDArray[Any]:
        graphics = annotation(GraphicObjectSequence=items(figure(kind, points, filled)))
        shown: NDArray[Any] = pair.shown(GraphicAnnotationSequence=graphics, request={"columns": 400})
        return shown

    circle = drawn("CIRCLE", [50, 50, 50, 30], "Y")
    assert (circle > 128).sum() == pytest.approx(np.pi * 80**2, rel=0.05)
    ellipse = drawn("ELLIPSE", [20, 50, 80, 50, 50, 40, 50, 60], "Y")
    assert (ellipse > 128).sum() == pytest.approx(np.pi * 120 * 40, rel=0.06)
    outline = drawn("CIRCLE", [50, 50, 50, 30])
    assert outline[200, 200] == 0
    assert outline[200, 115:125].max() > 128
    curve = drawn("INTERPOLATED", [10, 50, 50, 20, 90, 50])
    for column, row in ((50, 20), (10, 50), (90, 50)):
        assert curve[4 * row - 4 : 4 * row + 5, 4 * column - 4 : 4 * column + 5].max() > 128
    point = drawn("POINT", [25, 75])
    assert point[300, 100] == 255
    assert (point > 0).sum() < 100


def test_rr_41_display_units_are_of_the_displayed_area(pair: Pair) -> None:
    """RR-41, REQ-URI-8.2.9-8: fractions of the displayed area, after it was turned; a region cuts, it does not move."""
    pair.write_image(np.zeros((60, 90), np.uint8))
    graphics = annotation(GraphicObjectSequence=items(figure("CIRCLE", [0.25, 0.75, 0.25, 0.80], "Y", "DISPLAY")))
    shown = pair.shown(GraphicAnnotationSequence=graphics, ImageRotation=90, request={"columns": 400})
    assert shown.shape == (600, 400)
    assert shown[450, 100] == 255
    part = pair.shown(
        GraphicAnnotationSequence=graphics, ImageRotation=90, request={"columns": 200, "region": (0.0, 0.5, 0.5, 1.0)}
    )
    np.testing.assert_array_less(np.abs(part.astype(int) - shown[300:, :200]), 60)


def test_rr_41_texts(pair: Pair) -> None:
    """RR-41: texts in their boxes, at their anchors, with lines to them, in any script, line by line."""
    pair.write_image(np.zeros((200, 300), np.uint8))

    def drawn(**text: Any) -> NDArray[Any]:  # noqa: ANN401 -- values of any VR
        graphics = annotation(TextObjectSequence=items(text))
        shown: NDArray[Any] = pair.shown(GraphicAnnotationSequence=graphics)
        return shown

    box = {
        "BoundingBoxAnnotationUnits": "PIXEL",
        "BoundingBoxTopLeftHandCorner": [100.0, 50.0],
        "BoundingBoxBottomRightHandCorner": [250.0, 110.0],
        "BoundingBoxTextHorizontalJustification": "LEFT",
    }
    shown = drawn(UnformattedTextValue="Läsion\r\n病变", **box)
    rows, columns = np.nonzero(shown > 128)
    assert (rows.min(), columns.min()) >= (50, 100)
    assert rows.max() < 110
    assert columns.max() < 200
    right = drawn(UnformattedTextValue="L", **(box | {"BoundingBoxTextHorizontalJustification": "RIGHT"}))
    assert np.nonzero(right > 128)[1].min() > 230
    anchored = drawn(
        UnformattedTextValue="here",
        AnchorPointAnnotationUnits="PIXEL",
        AnchorPoint=[20.0, 180.0],
        AnchorPointVisibility="Y",
        **box,
    )
    assert anchored[175:185, 15:25].max() > 128, "a line leads to the point"
    alone = drawn(
        UnformattedTextValue="x",
        AnchorPointAnnotationUnits="DISPLAY",
        AnchorPoint=[0.5, 0.5],
        AnchorPointVisibility="N",
    )
    rows, columns = np.nonzero(alone > 128)
    assert 90 < rows.mean() < 112
    assert columns.min() >= 150


def test_rr_42_lower_layers_first(pair: Pair) -> None:
    """RR-42: what has a higher Graphic Layer Order covers what has a lower one."""
    pair.write_image(np.zeros((50, 50), np.uint8))
    layers = items(
        {"GraphicLayer": "TOP", "GraphicLayerOrder": 2, "GraphicLayerRecommendedDisplayGrayscaleValue": 0x4000},
        {"GraphicLayer": "BOTTOM", "GraphicLayerOrder": 1, "GraphicLayerRecommendedDisplayGrayscaleValue": 0xC000},
    )
    square = figure("POLYLINE", [10, 10, 40, 10, 40, 40, 10, 40, 10, 10], "Y")
    both = items(
        {"GraphicLayer": "TOP", "GraphicObjectSequence": items(square)},
        {"GraphicLayer": "BOTTOM", "GraphicObjectSequence": items(square)},
    )
    assert pair.shown(GraphicAnnotationSequence=both, GraphicLayerSequence=layers)[25, 25] == 0x40


def test_a_33_2_color_states(pair: Pair) -> None:
    """RR-43: a color state turns, cuts and draws on a colour image, and has no grey steps."""
    cells = np.stack([CELLS, 255 - CELLS, CELLS // 2], axis=-1)
    pair.write_image(cells)
    shown = pair.shown(sop_class=ColorSoftcopyPresentationStateStorage, ImageRotation=180)
    np.testing.assert_array_equal(shown, cells[::-1, ::-1])
    with pytest.raises(BadRequest, match="grayscale"):
        pair.shown()
    pair.write_image(CELLS)
    with pytest.raises(BadRequest, match="color"):
        pair.shown(sop_class=ColorSoftcopyPresentationStateStorage)


def test_req_uri_8_2_9_4_what_is_not_applied_is_said(pair: Pair) -> None:
    """REQ-URI-8.2.9-4: other states and mask operations are 501, other objects 400; never ignored."""
    with pytest.raises(NotSupported, match="pseudo-color"):
        pair.shown(sop_class=GrayscalePlanarMPRVolumetricPresentationStateStorage)
    with pytest.raises(NotSupported, match="mask"):
        pair.shown(MaskSubtractionSequence=items({"MaskOperation": "REV_TID"}))
    with pytest.raises(BadRequest, match="no presentation state"):
        pair.shown(sop_class=SecondaryCaptureImageStorage)


def test_rr_33_mask_subtraction(pair: Pair) -> None:
    """RR-33: the mean of the masks is subtracted; equal pixels are middle grey, what has become more is brighter."""
    frames = np.stack([CELLS // 2, CELLS // 2 + 2, CELLS, CELLS + 10])
    pair.write_image(frames)
    mask = {"MaskOperation": "AVG_SUB", "MaskFrameNumbers": [1, 2]}
    voi = items({"WindowCenter": "0.5", "WindowWidth": "256"})
    shown = pair.shown(3, MaskSubtractionSequence=items(mask), SoftcopyVOILUTSequence=voi)
    difference = frames[2].astype(float) - frames[:2].mean(axis=0)
    np.testing.assert_array_equal(shown, np.floor(np.clip(difference + 127.5, 0, 255) + 0.5))
    assert (pair.shown(1, MaskSubtractionSequence=items(mask | {"MaskFrameNumbers": 1})) == 128).all()
    averaged = pair.shown(
        3, MaskSubtractionSequence=items(mask | {"ContrastFrameAveraging": 2}), SoftcopyVOILUTSequence=voi
    )
    difference = frames[2:].mean(axis=0) - frames[:2].mean(axis=0)
    np.testing.assert_array_equal(averaged, np.floor(np.clip(difference + 127.5, 0, 255) + 0.5))
    tid = items({"MaskOperation": "TID", "TIDOffset": 1})
    np.testing.assert_array_equal(
        pair.shown(4, MaskSubtractionSequence=tid, SoftcopyVOILUTSequence=voi), np.full_like(CELLS, 138)
    )
    with pytest.raises(CorruptObject, match="does not have"):
        pair.shown(3, MaskSubtractionSequence=items(mask | {"MaskFrameNumbers": 9}))


def test_rr_33_the_mask_is_shifted(pair: Pair) -> None:
    """RR-33: a positive row shifts towards lower rows, a positive column to the left."""
    mask = np.zeros((20, 20), np.uint8)
    mask[10, 10] = 200
    pair.write_image(np.stack([mask, np.zeros_like(mask)]))
    shifted = {"MaskOperation": "AVG_SUB", "MaskFrameNumbers": 1, "MaskSubPixelShift": [2.0, 3.0]}
    shown = pair.shown(2, MaskSubtractionSequence=items(shifted))
    assert np.argwhere(shown < 100).tolist() == [[12, 7]]


def test_rr_43_pseudo_color(pair: Pair) -> None:
    """RR-43: the grey steps up to the VOI LUT, scaled to the whole palette of the state; its profile goes along."""
    palette: dict[str, Any] = {}
    for color, entries in (("Red", [0, 10, 255]), ("Green", [255, 20, 0]), ("Blue", [7, 30, 9])):
        palette[f"{color}PaletteColorLookupTableDescriptor"] = [3, 5, 8]
        palette[f"{color}PaletteColorLookupTableData"] = np.array(entries, "<u2").tobytes()
    voi = items({"WindowCenter": "100.5", "WindowWidth": "101"})
    shown = pair.shown(sop_class=PseudoColorSoftcopyPresentationStateStorage, SoftcopyVOILUTSequence=voi, **palette)
    share = np.clip((CELLS.astype(float) - 100) / 100 + 0.5, 0, 1)
    index = np.rint(np.floor(share * 65535 + 0.5) * (2 / 65535)).astype(int)
    expected = np.array([[0, 255, 7], [10, 20, 30], [255, 0, 9]])[index]
    np.testing.assert_array_equal(shown, expected)
    with pytest.raises(CorruptObject, match="palette"):
        pair.shown(sop_class=PseudoColorSoftcopyPresentationStateStorage)
