"""Golden cases of multi-frame functional groups, and of kinds of images (RR-18 … RR-20, RR-25, RR-29)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from golden.case import Case, Variant, variants
from golden.color_cases import palette, ramps, with_palette
from golden.cover_cases import RECTANGLE, letter
from golden.grey_cases import twelve_bits
from golden.image import (
    CR,
    ENHANCED_MR,
    ENHANCED_XA,
    NM,
    PARAMETRIC_MAP,
    PET,
    RT_DOSE,
    SEGMENTATION,
    US,
    grey_image,
    real_image,
    scene,
    table_item,
    with_attributes,
)
from golden.overlay import circular, shutter, with_overlay
from golden.plain import Request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SYNTAXES = {
    "implicit": ImplicitVRLittleEndian,
    "big_endian": ExplicitVRBigEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
}

TRANSFORMATION, VOI = "PixelValueTransformationSequence", "FrameVOILUTSequence"
SHUTTER, PROPERTIES = "FrameDisplayShutterSequence", "FramePixelDataPropertiesSequence"


def frame_cases() -> Iterator[Case]:
    """Yield the cases."""
    yield from _functional_groups()
    yield from _kinds()
    yield from _transfer_syntaxes()


def item(**attributes: object) -> Dataset:
    """Return a sequence item."""
    return with_attributes(Dataset(), attributes)


def groups(macros: Mapping[str, dict[str, Any]]) -> Dataset:
    """Return a functional group: for each macro the attributes of its one item."""
    return item(**{name: [item(**attributes)] for name, attributes in macros.items()})


def _functional_groups() -> Iterator[Case]:
    for number in (1, 2, 3):
        yield from variants(
            f"functional_groups_frame_{number}",
            "RR-18, RR-19, RR-25: each macro per frame, else shared, else of the data set",
            _enhanced,
            Request(frame_number=number),
        )
    request = Request(frame_number=2, window=(-100, 1800))
    clause = "RR-19: a window of the request, with the function of the frame"
    yield from variants("functional_groups_request", clause, _enhanced, request)

    clause = "RR-18: whether the rescale is a display step is said by Frame Pixel Data Properties: LOG, then LIN"
    for number in (1, 2):
        yield Case(f"x_ray_frame_{number}", clause, _x_ray_frames, Request(frame_number=number), sheet="x_ray_frames")


def _x_ray_frames() -> Dataset:
    dataset = grey_image([scene(0, 900)] * 2, ENHANCED_XA, WindowCenter=450, WindowWidth=900)
    macros: dict[str, dict[str, Any]] = {TRANSFORMATION: {"RescaleSlope": -1, "RescaleIntercept": 900}}
    macros[PROPERTIES] = {"PixelIntensityRelationship": "LIN"}
    dataset.SharedFunctionalGroupsSequence = [groups(macros)]
    dataset.PerFrameFunctionalGroupsSequence = [groups({PROPERTIES: {"PixelIntensityRelationship": "LOG"}}), groups({})]
    return dataset


def _enhanced(variant: Variant) -> Dataset:
    """Return three frames: with a macro of each kind, with another rescale and a VOI LUT, and with none."""
    low = -500 if variant.signed else 0
    frames = [scene(low, low + 900), scene(low, low + 450), scene(low + 900, low)]
    dataset = grey_image(frames, ENHANCED_MR, variant.photometric, signed=variant.signed, garbage=0x7000)
    with_attributes(dataset, {"RescaleSlope": 50, "RescaleIntercept": 0, "WindowCenter": 0, "WindowWidth": 1})
    dataset.SharedFunctionalGroupsSequence = [
        groups(
            {
                TRANSFORMATION: {"RescaleSlope": 1, "RescaleIntercept": 100},
                VOI: {"WindowCenter": 300, "WindowWidth": 900},
            }
        )
    ]
    lut = table_item([entry // 128 * 16 for entry in range(2048)], first=-1100, bits=8)
    dataset.PerFrameFunctionalGroupsSequence = [
        groups(
            {
                TRANSFORMATION: {"RescaleSlope": -2, "RescaleIntercept": 1000},
                VOI: {"WindowCenter": 500, "WindowWidth": 1500, "VOILUTFunction": "SIGMOID"},
                SHUTTER: shutter(circular(10, 14, 9), ShutterPresentationValue=0x8000),
            }
        ),
        groups(
            {
                TRANSFORMATION: {"RescaleSlope": 2, "RescaleIntercept": -50},
                VOI: {"VOILUTSequence": [lut], "VOILUTFunction": "LINEAR_EXACT"},
            }
        ),
        groups({"FrameContentSequence": {"FrameAcquisitionNumber": 3}}),
    ]
    return dataset


def _kinds() -> Iterator[Case]:
    clause = "RR-20a: a dose grid of 32 bits shows the range of the frame; Dose Grid Scaling has no part in it"
    doses = np.stack([scene(0, 3_000_000_000), scene(1_000_000_000, 3_000_000_000)])
    make = partial(grey_image, doses, RT_DOSE, bits=(32, 32, 31), DoseGridScaling="1e-9")
    yield Case("rt_dose", clause, make, Request(frame_number=2))
    clause = "RR-20a: counts of a scintigram from 0 to the most of the frame"
    counts = partial(grey_image, [scene(0, 3), scene(0, 90)], NM, bits=(16, 16, 15))
    for number in (1, 2):
        yield Case(f"nm_frame_{number}", clause, counts, Request(frame_number=number), sheet="nm")
    yield Case(
        "pet_slope_of_the_slice",
        "RR-18, RR-19: a window in Bq/ml, the slope of the slice",
        partial(
            grey_image,
            scene(0, 32767),
            PET,
            bits=(16, 16, 15),
            signed=True,
            RescaleSlope="0.7354813",
            RescaleIntercept=0,
            WindowCenter=8000,
            WindowWidth=16000,
        ),
    )
    fractional: dict[str, Any] = {"SegmentationType": "FRACTIONAL", "MaximumFractionalValue": 200}
    clause = "RR-29: Maximum Fractional Value is white"
    make = partial(grey_image, scene(0, 200), SEGMENTATION, bits=(8, 8, 7), **fractional)
    yield Case("rr_29_fractional_segmentation", clause, make)
    make = partial(real_image, scene(-40, 900).astype(np.float32) / np.float32(7), PARAMETRIC_MAP, **_real_world())
    clause = "RR-18, RR-29: a map of floats in its actual range; Real World Value Mapping is not for display"
    yield Case("rr_29_parametric_map", clause, make)
    clause = "RR-20, RR-29: a map of floats in the window of its functional groups"
    yield Case("rr_29_parametric_map_window", clause, _windowed_map)


def _real_world() -> dict[str, Any]:
    mapping = item(RealWorldValueSlope=-3.0, RealWorldValueIntercept=7.0)
    return {"RealWorldValueMappingSequence": [mapping]}


def _windowed_map() -> Dataset:
    dataset = real_image(scene(-40, 900).astype(np.float64) / 7, PARAMETRIC_MAP)
    window = {"WindowCenter": 40, "WindowWidth": 50, "VOILUTFunction": "LINEAR_EXACT"}
    dataset.SharedFunctionalGroupsSequence = [
        groups({VOI: window, TRANSFORMATION: {"RescaleSlope": 0.5, "RescaleIntercept": 1}})
    ]
    return dataset


def _transfer_syntaxes() -> Iterator[Case]:
    for name, syntax in SYNTAXES.items():
        for label, clause, make in (
            ("words", "16-bit cells, VOI LUT, overlay and shutter", _words),
            ("bytes", "8-bit cells in OB of an odd row, overlay of odd size", _bytes),
            ("palette", "palette of words", _palette),
            ("enhanced", "functional groups", partial(_enhanced, Variant(signed=True, photometric="MONOCHROME2"))),
        ):
            request = Request(frame_number=2) if label == "enhanced" else Request()
            yield Case(
                f"{name}_{label}",
                f"PS3.5 annex A: {clause}, in {syntax.name}",
                make,
                request,
                transfer_syntax=syntax,
                sheet=f"transfer_syntax_{label}",
            )


def _words() -> Dataset:
    lut = table_item([entry * 4 for entry in range(1000)], first=-500, bits=12)
    attributes = shutter(RECTANGLE, ShutterPresentationValue=0x5000)
    make = twelve_bits(CR, (-900, 800), VOILUTSequence=[lut], PixelPaddingValue=-900, **attributes)
    return with_overlay(make(Variant(signed=True, photometric="MONOCHROME1")), letter(7, 5), origin=(-1, 9))


def _bytes() -> Dataset:
    values = np.stack([scene(0, 255, 23, 31), scene(255, 0, 23, 31)])
    return with_overlay(grey_image(values, US, bits=(8, 8, 7)), letter(7, 5), origin=(9, 9))


def _palette() -> Dataset:
    return with_palette(
        grey_image(scene(-30, 230), US, "PALETTE COLOR", signed=True), palette(ramps(200, 65535), first=-7, bits=16)
    )
