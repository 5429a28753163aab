"""Odd and hostile presentation states: what they show is bounded, and nothing but our own errors comes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
from pydicom.uid import (
    ColorSoftcopyPresentationStateStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    PseudoColorSoftcopyPresentationStateStorage,
)

import test_softcopy
from made_states import displayed_area, items, write_state
from openwado.dicom.block_reader import Unreadable
from openwado.dicom.readable import readable
from openwado.errors import BadRequest, CorruptObject, NotSupported
from test_softcopy import CELLS, Pair, annotation, figure, overlay

if TYPE_CHECKING:
    from pathlib import Path

GREY_PALETTE: dict[str, Any] = {}
for _color in ("Red", "Green", "Blue"):
    GREY_PALETTE[f"{_color}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
    GREY_PALETTE[f"{_color}PaletteColorLookupTableData"] = (np.arange(256) * 257).astype("<u2").tobytes()
SQUARE = figure("POLYLINE", [1, 1, 5, 1, 5, 5, 1, 1], "Y")
#: CIELab: black.
BLACK = [0, 32896, 32896]
RECTANGLE: dict[str, Any] = {
    "ShutterShape": "RECTANGULAR",
    "ShutterLeftVerticalEdge": "3",
    "ShutterRightVerticalEdge": "7",
    "ShutterUpperHorizontalEdge": "2",
    "ShutterLowerHorizontalEdge": "5",
    "ShutterPresentationValue": 0xFFFF,
}


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """Return an image and what makes states of it."""
    return Pair(tmp_path)


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, None], ids=str
)
def test_rr_40_41_however_a_state_is_written(pair: Pair, monkeypatch: pytest.MonkeyPatch, syntax: Any) -> None:  # noqa: ANN401 -- UID or None
    """RR-40, RR-41, PS3.5 A.1: states without VR, of other byte order, deflated or without preamble say the same."""
    area = displayed_area(
        (2, 2), (8, 5), "MAGNIFY", PresentationPixelMagnificationRatio=3.0, PresentationPixelSpacing=["2", "1"]
    )
    state = {
        "DisplayedAreaSelectionSequence": area,
        "GraphicAnnotationSequence": annotation(GraphicObjectSequence=items(SQUARE)),
        "SoftcopyVOILUTSequence": items({"WindowCenter": "100", "WindowWidth": "101"}),
        **overlay(np.eye(6, 9, dtype=np.bool_), "6000", "L"),
    }
    expected = pair.shown(**state)
    assert expected.shape == (24, 21)

    def rewritten(path: Path, *args: Any, **more: Any) -> Path:  # noqa: ANN401 -- passed on
        uid = syntax or ImplicitVRLittleEndian
        plain = pydicom.Dataset.from_json(pydicom.dcmread(write_state(path, *args, **more)).to_json())
        if uid == ExplicitVRBigEndian:
            plain[0x60003000].value = np.frombuffer(plain[0x60003000].value, "<u2").astype(">u2").tobytes()
        plain.file_meta = pydicom.dataset.FileMetaDataset()
        if syntax is not None:
            plain.file_meta.TransferSyntaxUID = syntax
            plain.file_meta.MediaStorageSOPClassUID = plain.SOPClassUID
            plain.file_meta.MediaStorageSOPInstanceUID = plain.SOPInstanceUID
        pydicom.dcmwrite(
            path,
            plain,
            implicit_vr=uid == ImplicitVRLittleEndian,
            little_endian=uid != ExplicitVRBigEndian,
            enforce_file_format=syntax is not None,
        )
        return path

    monkeypatch.setattr(test_softcopy, "write_state", rewritten)
    np.testing.assert_array_equal(pair.shown(**state), expected)


def test_rr_42_values_beyond_p_values_are_clipped(pair: Pair) -> None:
    """RR-42: a layer whose value is no P-Value is drawn in black or white."""
    layers = items({"GraphicLayer": "L", "GraphicLayerOrder": 1})
    layers[0].add_new(0x00700066, "SL", -70000)
    shown = pair.shown(GraphicLayerSequence=layers, **overlay(np.ones((6, 9), np.bool_), "6000", "L"))
    assert (shown == 0).all()


def test_rr_34_the_first_value_of_a_voi_lut_is_signed_where_values_are(pair: Pair) -> None:
    """RR-34, RR-20: signed stored values without Modality LUT, and differences, make the first value mapped signed."""
    voi = items(
        {
            "VOILUTSequence": items(
                {"LUTDescriptor": [256, 65536 - 128, 8], "LUTData": np.arange(256).astype("<u2").tobytes()}
            )
        }
    )
    pair.write_image(CELLS.astype(np.int16) - 100)
    expected = np.clip(CELLS.astype(int) + 28, 0, 255)
    np.testing.assert_array_equal(pair.shown(SoftcopyVOILUTSequence=voi), expected)
    pair.write_image(np.stack([np.full_like(CELLS, 100), CELLS]))
    mask = items({"MaskOperation": "AVG_SUB", "MaskFrameNumbers": 1})
    np.testing.assert_array_equal(pair.shown(2, SoftcopyVOILUTSequence=voi, MaskSubtractionSequence=mask), expected)


def test_rr_43_color_states_of_palette_images(pair: Pair) -> None:
    """RR-43: a color state shows a PALETTE COLOR image by the image's palette."""
    pair.write_image(CELLS, PhotometricInterpretation="PALETTE COLOR", **GREY_PALETTE)
    shown = pair.shown(sop_class=ColorSoftcopyPresentationStateStorage, ImageRotation=180)
    np.testing.assert_array_equal(shown, np.repeat(CELLS[::-1, ::-1, None], 3, axis=2))


def test_rr_44_grey_states_leave_the_colours_of_a_supplemental_palette(pair: Pair) -> None:
    """RR-44: of an image with a supplemental palette a grey state changes the grey values only."""
    palette = GREY_PALETTE | {
        f"{color}PaletteColorLookupTableDescriptor": [2, 200, 8] for color in ("Red", "Green", "Blue")
    }
    for color, value in (("Red", 250), ("Green", 10), ("Blue", 20)):
        palette[f"{color}PaletteColorLookupTableData"] = np.array([value, value], "<u2").tobytes()
    pair.write_image(CELLS, PixelPresentation="COLOR", **palette)
    shown = pair.shown(PresentationLUTShape="INVERSE")
    assert (shown[CELLS >= 200] == (250, 10, 20)).all()
    np.testing.assert_array_equal(shown[CELLS < 200][:, 0], 255 - CELLS[CELLS < 200])


def test_rr_37_shutters_of_coloured_pictures_are_no_index_of_a_palette(pair: Pair) -> None:
    """RR-37: under a pseudo-color state what is shuttered has the CIELab colour, not one of the palette."""
    sop_class = PseudoColorSoftcopyPresentationStateStorage
    palette = GREY_PALETTE | {"BluePaletteColorLookupTableData": np.full(256, 0x7777, "<u2").tobytes()}
    shown = pair.shown(sop_class=sop_class, ShutterPresentationColorCIELabValue=BLACK, **RECTANGLE, **palette)
    assert (shown[0] == 0).all()
    assert (shown[2, 4] == (CELLS[2, 4], CELLS[2, 4], 0x77)).all()
    bits = np.eye(6, 9, dtype=np.bool_)
    bitmap: dict[str, Any] = {
        "ShutterShape": "BITMAP",
        "ShutterOverlayGroup": 0x6002,
        "ShutterPresentationValue": 0xFFFF,
    }
    shown = pair.shown(
        sop_class=sop_class, ShutterPresentationColorCIELabValue=BLACK, **bitmap, **overlay(bits, "6002"), **palette
    )
    assert (shown[bits] == 0).all()
    assert (shown[~bits][:, 2] == 0x77).all()


def test_req_uri_8_2_9_7_what_is_cropped_is_not_made(pair: Pair) -> None:
    """REQ-URI-8.2.9-7: a large ratio with rows and columns gives a small picture, whatever the whole would be."""
    area = displayed_area((1, 1), (9, 6), "MAGNIFY", PresentationPixelMagnificationRatio=3000.0)
    shown = pair.shown(DisplayedAreaSelectionSequence=area, request={"rows": 20, "columns": 30})
    assert shown.shape == (20, 30)
    assert shown.max() <= CELLS[0, 1]
    none = displayed_area((1, 1), (9, 6), "MAGNIFY", PresentationPixelMagnificationRatio=-2.0)
    np.testing.assert_array_equal(pair.shown(DisplayedAreaSelectionSequence=none), CELLS)


def test_rr_40_areas_of_a_total_pixel_matrix(pair: Pair) -> None:
    """RR-40: VOLUME counts in a matrix of tiles: applied within the frame, refused beyond; others have no matrix."""
    area = displayed_area((3, 2), (7, 5), PixelOriginInterpretation="VOLUME")
    np.testing.assert_array_equal(pair.shown(DisplayedAreaSelectionSequence=area), CELLS[1:5, 2:7])
    pair.write_image(np.stack([CELLS, CELLS]))
    np.testing.assert_array_equal(pair.shown(DisplayedAreaSelectionSequence=area), CELLS[1:5, 2:7])
    pair.write_image(np.stack([CELLS, 255 - CELLS]), **TILED_FULL)
    np.testing.assert_array_equal(pair.shown(DisplayedAreaSelectionSequence=area), CELLS[1:5, 2:7])
    with pytest.raises(NotSupported, match="total pixel matrix"):
        pair.shown(2, DisplayedAreaSelectionSequence=area)
    second = displayed_area((12, 2), (16, 5), PixelOriginInterpretation="VOLUME")
    shown = pair.shown(2, DisplayedAreaSelectionSequence=second)
    np.testing.assert_array_equal(shown, 255 - CELLS[1:5, 2:7])


TILED_FULL: dict[str, Any] = {
    "TotalPixelMatrixColumns": 18,
    "TotalPixelMatrixRows": 6,
    "DimensionOrganizationType": "TILED_FULL",
}


def in_matrix(*points: float) -> list[Any]:
    """Return a filled square in units of the total pixel matrix, and none of the other kind."""
    x, y = points
    corners = [x, y, x + 2, y, x + 2, y + 2, x, y + 2, x, y]
    return annotation(GraphicObjectSequence=items(figure("POLYLINE", corners, "Y", "MATRIX")))


def sparse(*places: tuple[int, int]) -> dict[str, Any]:
    """Return the attributes of a sparse tiled image, with the place of each frame: column and row, from 1."""
    groups = [
        {
            "PlanePositionSlideSequence": items(
                {"ColumnPositionInTotalImagePixelMatrix": column, "RowPositionInTotalImagePixelMatrix": row}
            )
        }
        for column, row in places
    ]
    matrix = {"TotalPixelMatrixColumns": 100, "TotalPixelMatrixRows": 100, "DimensionOrganizationType": "TILED_SPARSE"}
    return matrix | {"PerFrameFunctionalGroupsSequence": items(*groups)}


def test_rr_41_matrix_units_of_tiles(pair: Pair) -> None:
    """RR-41, C.7.6.17.3: points of the total pixel matrix lie on the frame that has them, full or sparse."""
    blank = np.zeros((2, 6, 9), np.uint8)

    def drawn(frame: int, *point: float) -> list[list[int]]:
        shown = pair.shown(frame, GraphicAnnotationSequence=in_matrix(*point))
        found: list[list[int]] = np.argwhere(shown == 255).tolist()
        return found

    pair.write_image(blank)
    alone = drawn(1, 4, 2)
    assert [2, 4] in alone, "without a matrix the frame is all there is"
    pair.write_image(blank, **TILED_FULL)
    assert drawn(1, 4, 2) == alone == drawn(2, 13, 2)
    assert drawn(2, 4, 2) == [] == drawn(1, 14, 2)
    pair.write_image(np.zeros((5, 6, 9), np.uint8), **(TILED_FULL | {"TotalPixelMatrixRows": 8}))
    assert drawn(3, 4, 8) == alone == drawn(4, 13, 8), "row by row, the last row only in part"
    assert drawn(5, 4, 2) == alone, "the next focal plane or optical path begins again"
    pair.write_image(blank, **sparse((31, 41), (-2, 1)))
    assert drawn(1, 34, 42) == alone == drawn(2, 1, 2)
    pair.write_image(blank, **(TILED_FULL | {"DimensionOrganizationType": "TILED_SPARSE"}))
    with pytest.raises(CorruptObject, match="where in its total pixel matrix"):
        drawn(1, 4, 2)


def test_rr_41_texts_in_matrix_units(pair: Pair) -> None:
    """RR-41: boxes and anchors of texts count in the matrix likewise, each by its own units."""
    pair.write_image(np.zeros((2, 100, 300), np.uint8), **(TILED_FULL | {"TotalPixelMatrixColumns": 600}))
    text = {
        "UnformattedTextValue": "T",
        "BoundingBoxAnnotationUnits": "MATRIX",
        "BoundingBoxTopLeftHandCorner": [400.0, 50.0],
        "BoundingBoxBottomRightHandCorner": [420.0, 70.0],
        "AnchorPointAnnotationUnits": "PIXEL",
        "AnchorPoint": [20.0, 60.0],
        "AnchorPointVisibility": "Y",
    }
    shown = pair.shown(2, GraphicAnnotationSequence=annotation(TextObjectSequence=items(text)))
    rows, columns = np.nonzero(shown > 128)
    assert (rows.min() >= 50, rows.max() < 70) == (True, True)
    assert columns.min() == pytest.approx(20, abs=1)
    assert 100 < columns.max() < 120


def test_rr_41_nothing_is_dropped_silently(pair: Pair) -> None:
    """RR-41: a state with more figures, points or texts than are drawn is refused, not drawn in part."""
    point = figure("POINT", [1, 1])
    graphics = items(*({"GraphicLayer": "L", "GraphicObjectSequence": items(*[point] * 2501)} for _ in range(4)))
    with pytest.raises(NotSupported, match="too many figures, points or texts"):
        pair.shown(GraphicAnnotationSequence=graphics)
    long = annotation(GraphicObjectSequence=items(figure("POLYLINE", [1.0, 1.0]) | {"GraphicData": [1.0] * 200_002}))
    with pytest.raises(NotSupported, match="too many figures, points or texts"):
        pair.shown(GraphicAnnotationSequence=long)


def test_rr_17_padding_under_a_palette_is_black(pair: Pair) -> None:
    """RR-17, RR-43: padding is no image data and black, also where the first entry of the palette is not."""
    pair.write_image(CELLS, PixelPaddingValue=3, PixelPaddingRangeLimit=20)
    palette = GREY_PALETTE | {"BluePaletteColorLookupTableData": np.full(256, 0x7777, "<u2").tobytes()}
    shown = pair.shown(sop_class=PseudoColorSoftcopyPresentationStateStorage, **palette)
    assert (shown[CELLS <= 20] == 0).all()
    assert (shown[CELLS > 20][:, 2] == 0x77).all()


def test_req_uri_8_2_9_7_a_large_ratio_with_a_small_picture(pair: Pair) -> None:
    """REQ-URI-8.2.9-7: of a pixel magnified 100,000 times only what is shown is made."""
    area = displayed_area((1, 1), (9, 6), "MAGNIFY", PresentationPixelMagnificationRatio=100_000.0)
    request = {"region": (0.4, 0.4, 0.5, 0.5), "rows": 20, "columns": 30}
    shown = pair.shown(DisplayedAreaSelectionSequence=area, request=request)
    assert (shown == CELLS[2, 4]).all()
    with pytest.raises(BadRequest, match="100000 columns"):
        pair.shown(DisplayedAreaSelectionSequence=area, request={"region": (0.4, 0.4, 0.5, 0.5), "rows": 20})


def test_req_uri_8_2_9_7_ratios_beyond_all_measure(pair: Pair) -> None:
    """REQ-URI-8.2.9-7: a ratio that nobody can mean is refused, one that leaves nothing shows one pixel."""
    area = displayed_area((1, 1), (9, 6), "MAGNIFY", PresentationPixelMagnificationRatio=1e38)
    with pytest.raises(NotSupported, match="magnifies too much"):
        pair.shown(DisplayedAreaSelectionSequence=area, request={"rows": 5})
    area = displayed_area((1, 1), (9, 6), "MAGNIFY", PresentationPixelMagnificationRatio=1e-30)
    assert pair.shown(DisplayedAreaSelectionSequence=area).shape == (1, 1)


def test_rr_40_an_area_far_beyond_the_image_costs_no_memory(pair: Pair) -> None:
    """RR-40: what is outside of the image is black and is never made before it is scaled."""
    cells = np.full((640, 960), 200, np.uint8)
    pair.write_image(cells)
    area = displayed_area((-9_000_000 + 1, -6_000_000 + 1), (9_000_000, 6_000_000))
    shown = pair.shown(DisplayedAreaSelectionSequence=area, request={"columns": 300})
    assert shown.shape == (200, 300)
    assert shown.max() == 0
    area = displayed_area((-960 + 1, -640 + 1), (960, 640))
    shown = pair.shown(DisplayedAreaSelectionSequence=area, request={"columns": 30})
    expected = np.zeros((20, 30), np.uint8)
    expected[10:, 15:] = 200
    np.testing.assert_array_equal(shown, expected)


def test_rr_41_circles_are_round(pair: Pair) -> None:
    """RR-41: a circle in fractions of an area that is no square is as wide as it is high."""
    pair.write_image(np.zeros((100, 200), np.uint8))
    graphics = annotation(GraphicObjectSequence=items(figure("CIRCLE", [0.5, 0.5, 0.6, 0.5], "Y", "DISPLAY")))
    rows, columns = np.nonzero(pair.shown(GraphicAnnotationSequence=graphics) > 128)
    assert np.ptp(rows) == np.ptp(columns)
    assert np.ptp(columns) == pytest.approx(40, abs=2)


def test_rr_33_longest_masks(pair: Pair) -> None:
    """RR-33: a mask that cannot be shifted is said to be so."""
    pair.write_image(np.zeros((2, 2, 33000), np.uint8))
    shifted = {"MaskOperation": "AVG_SUB", "MaskFrameNumbers": 1, "MaskSubPixelShift": [0.5, 0.5]}
    with pytest.raises(NotSupported, match="not shifted"):
        pair.shown(2, MaskSubtractionSequence=items(shifted))


def test_what_cannot_be_read_late_is_a_corrupt_object() -> None:
    """PS3.18 8.5: a limit that is exceeded while items are looked into is the object's fault."""
    with (
        pytest.raises(CorruptObject, match="The presentation state cannot be read"),
        readable("The presentation state"),
    ):
        raise Unreadable("too many elements")


def test_rr_42_hundreds_of_layers_are_refused(pair: Pair) -> None:
    """RR-42: each layer costs as much as a picture: a state with more than anybody needs is not drawn."""
    many = items(*({"GraphicLayer": f"L{number}", "GraphicObjectSequence": items(SQUARE)} for number in range(257)))
    with pytest.raises(NotSupported, match="layers"):
        pair.shown(GraphicAnnotationSequence=many)
    assert pair.shown(GraphicAnnotationSequence=many[:256])[2, 3] == 255
