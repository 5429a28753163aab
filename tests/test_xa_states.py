"""Frames as XA/XRF and variable Modality LUT states show them (PS3.4 N.2.5; PS3.3 C.11.19 to C.11.21, C.11.35)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
from pydicom.uid import (
    ImplicitVRLittleEndian,
    VariableModalityLUTSoftcopyPresentationStateStorage,
    XAXRFGrayscaleSoftcopyPresentationStateStorage,
)

import test_softcopy
from made_states import items, references, write_state
from openwado.errors import CorruptObject, NotSupported
from test_softcopy import CELLS, IMAGE, Pair

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

XA = XAXRFGrayscaleSoftcopyPresentationStateStorage
VARIABLE = VariableModalityLUTSoftcopyPresentationStateStorage
#: A window that shows differences -127 … 128 as they are: LINEAR with center 0.5 and width 256 (C.11.2.1.2.1).
VOI = items({"WindowCenter": "0.5", "WindowWidth": "256"})
#: Four frames that differ in more than a constant.
FRAMES = np.stack([CELLS // 4, CELLS // 4 + 3, CELLS[::-1] // 2, CELLS // 2 + 9]).astype(np.uint8)


def windowed(values: NDArray[Any]) -> NDArray[Any]:
    """Return what the window shows of values."""
    return np.floor(np.clip(values.astype(float) + 127.5, 0, 255) + 0.5)


def table(
    entries: Sequence[int] | NDArray[Any],
    bits: int,
    function: str = "TO_LOG",
    **more: Any,  # noqa: ANN401 -- of any VR
) -> dict[str, Any]:
    """Return an item of the Pixel Intensity Relationship LUT Sequence, or of the Modality LUT Sequence."""
    descriptor = {"LUTDescriptor": [len(entries), 0, bits], "LUTData": np.array(entries, "<u2").tobytes()}
    return {**descriptor, "LUTFunction": function, **more}


def display(first: int, last: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- of any VR
    """Return a Multi-frame Presentation Sequence item with one Frame Display item."""
    return {"FrameDisplaySequence": items({"StartTrim": first, "StopTrim": last, **more})}


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """Return an image of four frames and what makes states of it."""
    pair = Pair(tmp_path)
    pair.write_image(FRAMES)
    return pair


def test_c_11_19_masks_of_ranges_of_frames(pair: Pair) -> None:
    """C.11.19, C.7.6.10: each item subtracts in its Applicable Frame Range, of its image; others are as stored."""
    other = {"MaskOperation": "AVG_SUB", "MaskFrameNumbers": 4, "ReferencedImageSequence": references("1.2.9")}
    average = {"MaskOperation": "AVG_SUB", "MaskFrameNumbers": [1, 2], "ApplicableFrameRange": [3, 3]}
    last = {"MaskOperation": "AVG_SUB", "MaskFrameNumbers": 2, "ApplicableFrameRange": [1, 1, 4, 4]}
    masks = items(other, average, last)
    shown = [
        pair.shown(number, sop_class=XA, MaskSubtractionSequence=masks, SoftcopyVOILUTSequence=VOI)
        for number in range(1, 5)
    ]
    values = FRAMES.astype(float)
    np.testing.assert_array_equal(shown[0], windowed(values[0] - values[1]))
    np.testing.assert_array_equal(shown[1], windowed(values[1]))
    np.testing.assert_array_equal(shown[2], windowed(values[2] - values[:2].mean(axis=0)))
    np.testing.assert_array_equal(shown[3], windowed(values[3] - values[1]))


def test_rr_33_rev_tid(pair: Pair) -> None:
    """RR-33: mask = (first contrast frame - TID Offset) - (frame - first contrast frame); none: no subtraction."""
    masks = items({"MaskOperation": "REV_TID", "TIDOffset": 1, "ApplicableFrameRange": [3, 4]})
    for number, mask in ((3, 2), (4, 1)):
        shown = pair.shown(number, sop_class=XA, MaskSubtractionSequence=masks, SoftcopyVOILUTSequence=VOI)
        np.testing.assert_array_equal(shown, windowed(FRAMES[number - 1] - FRAMES[mask - 1].astype(float)))
    masks = items({"MaskOperation": "REV_TID", "TIDOffset": 2, "ApplicableFrameRange": [3, 4]})
    shown = pair.shown(4, sop_class=XA, MaskSubtractionSequence=masks, SoftcopyVOILUTSequence=VOI)
    np.testing.assert_array_equal(shown, windowed(FRAMES[3]))
    masks = items({"MaskOperation": "REV_TID", "ApplicableFrameRange": [3, 3, 4, 4]})
    with pytest.raises(NotSupported, match="one range"):
        pair.shown(4, sop_class=XA, MaskSubtractionSequence=masks)


def test_c_11_19_averaged_contrasts(pair: Pair) -> None:
    """C.7.6.10: Contrast Frame Averaging averages the frame and those after it, whatever the mask operation."""
    masks = items({"MaskOperation": "TID", "TIDOffset": 2, "ContrastFrameAveraging": 2})
    for kind in (XA, None):
        shown = pair.shown(3, sop_class=kind, MaskSubtractionSequence=masks, SoftcopyVOILUTSequence=VOI)
        np.testing.assert_array_equal(shown, windowed(FRAMES[2:].mean(axis=0) - FRAMES[0]))


def test_n_2_5_1_shifts_of_frames_and_regions(tmp_path: Path) -> None:
    """N.2.5.1: frames have their own shifts, and regions of a frame; where there is none the mask stays where it is."""
    pair = Pair(tmp_path)
    mask = (np.add.outer(np.arange(12) ** 2, np.arange(12) * 7) % 100).astype(np.uint8)
    frame = np.full_like(mask, 100)
    pair.write_image(np.stack([mask, frame, frame, frame]))
    region = {"VerticesOfTheRegion": [3, 2, 3, 6, 8, 6, 8, 2], "MaskSubPixelShift": [2.0, -1.0]}
    inner = {"VerticesOfTheRegion": [5, 5, 5, 9, 7, 9, 7, 5], "MaskSubPixelShift": [0.0, 0.5]}
    shifts = items(
        {
            "PixelShiftFrameRange": [2, 2],
            "RegionPixelShiftSequence": items({"MaskSubPixelShift": [1.0, 0.0]}),
        },
        {"PixelShiftFrameRange": [3, 3], "RegionPixelShiftSequence": items(region, inner)},
    )
    masks = items({"MaskOperation": "AVG_SUB", "MaskFrameNumbers": 1, "PixelShiftSequence": shifts})

    def left(number: int) -> NDArray[Any]:
        shown: NDArray[Any] = pair.shown(
            number, sop_class=XA, MaskSubtractionSequence=masks, SoftcopyVOILUTSequence=VOI
        )
        return shown

    down = np.vstack([mask[:1], mask[:-1]])
    np.testing.assert_array_equal(left(2), windowed(100.0 - down))
    expected = mask.astype(float)
    moved = np.pad(mask, 2, mode="edge")[0:12, 1:13]  # two rows down, one column to the right
    expected[2:8, 1:6] = moved[2:8, 1:6]
    half = (mask.astype(float) + np.hstack([mask[:, 1:], mask[:, -1:]])) / 2  # half a column to the left
    expected[4:7, 4:9] = half[4:7, 4:9]
    np.testing.assert_array_equal(left(3), windowed(100 - expected))
    np.testing.assert_array_equal(left(4), windowed(100.0 - mask))


@pytest.mark.parametrize("percentage", [0, 25, 100])
def test_c_11_21_visible_masks(pair: Pair, percentage: int) -> None:
    """C.11.21, C.8.19.7.1: 0 % is the subtracted frame, 100 % the one as it is, and it is linear between them."""
    masks = items({"MaskOperation": "AVG_SUB", "MaskFrameNumbers": 1})
    shows = items(
        {**display(1, 2, MaskVisibilityPercentage=50.0), "ReferencedImageSequence": references("1.2.9")},
        display(3, 4, MaskVisibilityPercentage=float(percentage), RecommendedViewingMode="SUB"),
    )
    state: dict[str, Any] = {"MaskSubtractionSequence": masks, "MultiFramePresentationSequence": shows}
    share = 1 - percentage / 100
    shown = pair.shown(3, sop_class=XA, SoftcopyVOILUTSequence=VOI, **state)
    np.testing.assert_array_equal(shown, windowed(FRAMES[2] - share * FRAMES[0]))
    whole = pair.shown(3, sop_class=XA, **state)  # RR-35: the whole range that is possible
    low, high = -share * 255, 255
    expected = np.floor((FRAMES[2] - share * FRAMES[0] - low) * 255 / (high - low) + 0.5)
    np.testing.assert_array_equal(whole, expected)


def test_c_8_19_7_viewing_modes(pair: Pair) -> None:
    """C.8.19.7: frames to be viewed natively are not subtracted, nor those whose mode nobody knows."""
    masks = items({"MaskOperation": "AVG_SUB", "MaskFrameNumbers": 1})
    shows = items(
        {
            "FrameDisplaySequence": items(
                {"StartTrim": 1, "StopTrim": 2, "RecommendedViewingMode": "NAT"},
                {"StartTrim": 3, "StopTrim": 3, "RecommendedViewingMode": "SUB"},
                {"StartTrim": 4, "StopTrim": 4, "RecommendedViewingMode": "WHATEVER"},
            )
        }
    )
    state: dict[str, Any] = {"MaskSubtractionSequence": masks, "MultiFramePresentationSequence": shows}
    for number, subtracted in ((2, False), (3, True), (4, False)):
        shown = pair.shown(number, sop_class=XA, SoftcopyVOILUTSequence=VOI, **state)
        expected = FRAMES[number - 1] - (FRAMES[0].astype(float) if subtracted else 0)
        np.testing.assert_array_equal(shown, windowed(expected))


@pytest.mark.parametrize("within", [False, True])
def test_n_2_5_1_tables_to_a_logarithmic_space(pair: Pair, within: bool) -> None:  # noqa: FBT001 -- a parameter
    """N.2.5.1: each frame is taken to a logarithmic space by its own table before it is subtracted."""
    logarithm = np.rint(np.log2(np.arange(256) + 1) * 30).astype(int)
    root = np.rint(np.sqrt(np.arange(256)) * 8).astype(int)
    tables = items(
        table([5] * 256, 8, ReferencedImageSequence=references("1.2.9")),
        table(logarithm, 8, LUTFrameRange=[1, 1, 3, 3]),
        table(root, 9, LUTFrameRange=[2, 2], ReferencedImageSequence=references(IMAGE, [1, 2])),
    )
    mask: dict[str, Any] = {"MaskOperation": "AVG_SUB", "MaskFrameNumbers": 2, "ApplicableFrameRange": [3, 4]}
    state: dict[str, Any] = {"MaskSubtractionSequence": items(mask), "PixelIntensityRelationshipLUTSequence": tables}
    if within:
        state = {"MaskSubtractionSequence": items({**mask, "PixelIntensityRelationshipLUTSequence": tables})}
    shown = pair.shown(3, sop_class=XA, SoftcopyVOILUTSequence=VOI, **state)
    np.testing.assert_array_equal(shown, windowed(logarithm[FRAMES[2]] - root[FRAMES[1]]))
    shown = pair.shown(4, sop_class=XA, SoftcopyVOILUTSequence=VOI, **state)
    np.testing.assert_array_equal(shown, windowed(FRAMES[3].astype(float) - root[FRAMES[1]]))
    alone = pair.shown(1, sop_class=XA, **state)
    np.testing.assert_array_equal(alone, logarithm[FRAMES[0]])
    whole = pair.shown(3, sop_class=XA, **state)
    expected = (logarithm[FRAMES[2]] - root[FRAMES[1]] + 511) * 255 / (255 + 511)
    np.testing.assert_array_equal(whole, np.floor(expected + 0.5))


def test_n_2_5_1_other_tables_are_refused(pair: Pair) -> None:
    """N.2.5.1: a table that does not lead to a logarithmic space is not taken for one; one of another frame may be."""
    tables = items(table(range(256), 8, function="TO_LINEAR", LUTFrameRange=[4, 4]))
    assert pair.shown(3, sop_class=XA, PixelIntensityRelationshipLUTSequence=tables).shape == CELLS.shape
    with pytest.raises(NotSupported, match="TO_LOG"):
        pair.shown(4, sop_class=XA, PixelIntensityRelationshipLUTSequence=tables)
    broken = items({"LUTFunction": "TO_LOG", "LUTDescriptor": [4, 0, 99]})
    with pytest.raises(CorruptObject, match="cannot be read"):
        pair.shown(3, sop_class=XA, PixelIntensityRelationshipLUTSequence=broken)


def sharper(values: NDArray[Any], strength: float, padded: NDArray[Any] | None = None) -> NDArray[Any]:
    """Return values plus a share of their difference to the mean of three by three pixels: by a plain loop."""
    there = np.ones_like(values) if padded is None else 1.0 - padded
    around, counts = np.pad(values * there, 1, mode="edge"), np.pad(there, 1, mode="edge")
    total, count = np.zeros_like(values), np.zeros_like(values)
    for down in range(3):
        for right in range(3):
            total += around[down : down + values.shape[0], right : right + values.shape[1]]
            count += counts[down : down + values.shape[0], right : right + values.shape[1]]
    sharp: NDArray[Any] = values + strength * (values - total / np.maximum(count, 1))
    return sharp


def test_n_2_5_2_edge_enhancement(pair: Pair) -> None:
    """N.2.5.2: Display Filter Percentage sharpens what is left of the mask, before the VOI LUT; padding stays black."""
    frames = FRAMES.copy()
    frames[:, 2, 3] = 140
    frames[2, :2, :2] = 255
    pair.write_image(frames, PixelPaddingValue=255)
    masks = items({"MaskOperation": "AVG_SUB", "MaskFrameNumbers": 2, "ApplicableFrameRange": [3, 4]})
    shows = items(display(1, 4, DisplayFilterPercentage=50.0))
    state: dict[str, Any] = {"MaskSubtractionSequence": masks, "MultiFramePresentationSequence": shows}
    values = frames.astype(float)
    shown = pair.shown(4, sop_class=XA, SoftcopyVOILUTSequence=VOI, **state)
    np.testing.assert_array_equal(shown, windowed(sharper(values[3] - values[1], 0.5)))
    shown = pair.shown(1, sop_class=XA, SoftcopyVOILUTSequence=VOI, **state)
    np.testing.assert_array_equal(shown, windowed(sharper(values[0], 0.5)))
    padded = frames[2] == 255
    expected = windowed(sharper(values[2] - values[1], 0.5, padded))
    expected[padded] = 0
    shown = pair.shown(3, sop_class=XA, SoftcopyVOILUTSequence=VOI, **state)
    np.testing.assert_array_equal(shown, expected)


def test_rr_30_padding_is_black_under_masks(pair: Pair) -> None:
    """RR-30: padding of the frame is no image data after subtraction either; a shutter lies over it."""
    frames = FRAMES.copy()
    frames[2, :3, :2] = 255
    pair.write_image(frames, PixelPaddingValue=255)
    masks = items({"MaskOperation": "AVG_SUB", "MaskFrameNumbers": 2})
    shutter: dict[str, Any] = {
        "ShutterShape": "RECTANGULAR",
        "ShutterLeftVerticalEdge": "1",
        "ShutterRightVerticalEdge": "9",
        "ShutterUpperHorizontalEdge": "2",
        "ShutterLowerHorizontalEdge": "6",
        "ShutterPresentationValue": 0xFFFF,
    }
    expected = windowed(frames[2].astype(float) - frames[1])
    expected[:3, :2] = 0
    expected[0] = 255
    shown = pair.shown(3, MaskSubtractionSequence=masks, SoftcopyVOILUTSequence=VOI, **shutter)
    np.testing.assert_array_equal(shown, expected)


def test_c_11_20_shutters_of_frames(pair: Pair) -> None:
    """C.11.20: each frame has the shutter of the item that names it."""
    shapes = [
        {
            "ShutterShape": "RECTANGULAR",
            "ShutterLeftVerticalEdge": str(left),
            "ShutterRightVerticalEdge": "9",
            "ShutterUpperHorizontalEdge": "1",
            "ShutterLowerHorizontalEdge": "6",
            "ShutterPresentationValue": 0x8000,
            "ReferencedImageSequence": references(IMAGE, [frame]),
        }
        for frame, left in ((1, 3), (2, 6))
    ]
    for number, covered in ((1, 2), (2, 5), (3, 0)):
        shown = pair.shown(number, sop_class=XA, FrameDisplayShutterSequence=items(*shapes))
        expected = FRAMES[number - 1].copy()
        expected[:, :covered] = 0x80
        np.testing.assert_array_equal(shown, expected)


def test_ps3_5_a_1_percentages_without_written_vr(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """PS3.5 A.1: an XA/XRF state without VR says the same."""
    region = {"VerticesOfTheRegion": [-2, 1, 2, 9, 6, 4], "MaskSubPixelShift": [1.5, 0.0]}
    shifts = items({"PixelShiftFrameRange": [1, 4], "RegionPixelShiftSequence": items(region)})
    state: dict[str, Any] = {
        "MaskSubtractionSequence": items(
            {"MaskOperation": "AVG_SUB", "MaskFrameNumbers": 1, "PixelShiftSequence": shifts}
        ),
        "MultiFramePresentationSequence": items(
            display(1, 4, MaskVisibilityPercentage=30.0, DisplayFilterPercentage=70.0)
        ),
        "SoftcopyVOILUTSequence": VOI,
    }
    expected = pair.shown(3, sop_class=XA, **state)

    def rewritten(path: Path, *args: Any, **more: Any) -> Path:  # noqa: ANN401 -- passed on
        plain = pydicom.dcmread(write_state(path, *args, **more))
        plain.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        pydicom.dcmwrite(path, plain, implicit_vr=True, little_endian=True)
        return path

    monkeypatch.setattr(test_softcopy, "write_state", rewritten)
    np.testing.assert_array_equal(pair.shown(3, sop_class=XA, **state), expected)


@pytest.mark.parametrize(
    ("regions", "problem"),
    [
        ([{"VerticesOfTheRegion": [1, 1, 2, 2], "MaskSubPixelShift": [1.0, 0.0]}], CorruptObject),
        ([{"VerticesOfTheRegion": [1, 1] * 1025, "MaskSubPixelShift": [1.0, 0.0]}], NotSupported),
        ([{"MaskSubPixelShift": [1.0, 0.0]}] * 17, NotSupported),
        ([{"MaskSubPixelShift": [1e9, 0.0]}], CorruptObject),
    ],
)
def test_c_11_19_impossible_regions(pair: Pair, regions: list[dict[str, Any]], problem: type[Exception]) -> None:
    """C.11.19: regions without area, in numbers that nobody draws, or shifted out of the image are refused."""
    shifts = items({"RegionPixelShiftSequence": items(*regions)})
    masks = items({"MaskOperation": "AVG_SUB", "MaskFrameNumbers": 1, "PixelShiftSequence": shifts})
    with pytest.raises(problem):
        pair.shown(3, sop_class=XA, MaskSubtractionSequence=masks)


@pytest.mark.parametrize("keyword", ["MaskVisibilityPercentage", "DisplayFilterPercentage"])
@pytest.mark.parametrize("percentage", [-1.0, 100.5, float("nan")])
def test_c_11_21_impossible_percentages(pair: Pair, keyword: str, percentage: float) -> None:
    """C.11.21: a percentage is 0 … 100."""
    shows = items(display(1, 4, **{keyword: percentage}))
    with pytest.raises(CorruptObject, match="percentage"):
        pair.shown(3, sop_class=XA, MultiFramePresentationSequence=shows)


def test_c_11_35_modality_luts_of_frames(pair: Pair) -> None:
    """C.11.35: each frame has the Modality LUT of the item that names it, rescale or table; one without has none."""
    cubes = (np.arange(256) ** 3 // 70000).astype(int)
    luts = items(
        {"RescaleSlope": "2", "RescaleIntercept": "-30", "ReferencedImageSequence": references(IMAGE, [1, 3])},
        {"ModalityLUTSequence": items(table(cubes, 8)), "ReferencedImageSequence": references(IMAGE, [2])},
        {"RescaleSlope": "9", "RescaleIntercept": "0", "ReferencedImageSequence": references("1.2.9")},
    )
    state: dict[str, Any] = {"VariableModalityLUTSequence": luts, "SoftcopyVOILUTSequence": VOI}
    values = [FRAMES[0] * 2.0 - 30, cubes[FRAMES[1]], FRAMES[2] * 2.0 - 30, FRAMES[3]]
    for number, expected in enumerate(values, 1):
        shown = pair.shown(number, sop_class=VARIABLE, **state)
        np.testing.assert_array_equal(shown, windowed(expected))
    masks = items({"MaskOperation": "AVG_SUB", "MaskFrameNumbers": [1, 2]})
    shown = pair.shown(4, sop_class=VARIABLE, MaskSubtractionSequence=masks, **state)
    np.testing.assert_array_equal(shown, windowed(values[3] - (values[0] + values[1]) / 2))


def test_a_33_8_a_palette_in_place_of_the_presentation_lut(pair: Pair) -> None:
    """A.33.8: with a palette the state colours, as a pseudo-color state does, after the frame's own Modality LUT."""
    palette: dict[str, Any] = {}
    for color, entries in (("Red", np.arange(256)), ("Green", 255 - np.arange(256)), ("Blue", np.full(256, 7))):
        palette[f"{color}PaletteColorLookupTableDescriptor"] = [256, 0, 8]
        palette[f"{color}PaletteColorLookupTableData"] = entries.astype("<u2").tobytes()
    luts = items({"RescaleSlope": "1", "RescaleIntercept": "20", "ReferencedImageSequence": references(IMAGE, [4])})
    voi = items({"WindowCenter": "128", "WindowWidth": "256"})
    shown = pair.shown(4, sop_class=VARIABLE, VariableModalityLUTSequence=luts, SoftcopyVOILUTSequence=voi, **palette)
    index = FRAMES[3] + 20
    np.testing.assert_array_equal(shown, np.stack([index, 255 - index, np.full_like(index, 7)], axis=-1))
