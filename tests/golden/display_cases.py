"""Golden cases of section 13.3 from the VOI on: objects without VOI, polarity, 16 bits (RR-20a, RR-21, RR-27)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from golden.case import Case, Variant, variants
from golden.grey_cases import FUNCTIONS, twelve_bits
from golden.image import (
    CR,
    CT,
    DX,
    ENHANCED_CT,
    ENHANCED_US,
    ENHANCED_XA,
    MG,
    MR,
    MULTIFRAME_SC,
    NM,
    PET,
    RT_DOSE,
    SC,
    STORAGE,
    US,
    VL_PHOTOGRAPHY,
    XA,
    grey_image,
    scene,
    table_item,
)
from golden.plain import Choices, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataset import Dataset

#: SOP Classes of objects without VOI, and whether Presentation LUT Shape is given.
WITHOUT_VOI = {
    "cr": (CR, False),
    "cr_with_shape": (CR, True),
    "ct": (CT, False),
    "ct_with_shape": (CT, True),
    "enhanced_ct": (ENHANCED_CT, True),
    "mr": (MR, False),
    "nm": (NM, False),
    "pet": (PET, False),
    "rt_dose": (RT_DOSE, False),
    "dx": (DX, False),
    "dx_for_processing": (STORAGE + "1.1.1", True),
    "mg": (MG, False),
    "us": (US, False),
    "xa": (XA, False),
    "enhanced_xa": (ENHANCED_XA, False),
    "vl": (VL_PHOTOGRAPHY, False),
    "sc": (SC, False),
    "sc_with_shape": (SC, True),
    "multiframe_sc": (MULTIFRAME_SC, False),
    "enhanced_us": (ENHANCED_US, False),
    "rt_image_with_shape": (STORAGE + "481.1", True),
    "unknown_class": ("1.2.3.4.5.6", False),
}

CONFLICT = {"MONOCHROME1": "IDENTITY", "MONOCHROME2": "INVERSE"}
AGREEMENT = {"MONOCHROME1": "INVERSE", "MONOCHROME2": "IDENTITY"}


def display_cases() -> Iterator[Case]:
    """Yield the cases."""
    yield from _without_voi()
    yield from _polarities()
    yield from _sixteen_bits()


def _without_voi() -> Iterator[Case]:
    for name, (sop_class, shaped) in WITHOUT_VOI.items():
        clause = "RR-20a, RR-21: the SOP Class says whether the possible range is shown or the one that is used"
        make = partial(_plain_image, sop_class, shape=AGREEMENT if shaped else {}, bits=(16, 12, 11))
        yield from variants(f"rr_20a_{name}", clause, make)
    clause = "RR-20a: a secondary capture of 8 bits shows its possible range"
    yield from variants("rr_20a_sc_8_bits", clause, partial(_plain_image, SC, shape={}, bits=(8, 8, 7)))
    clause = "RR-20a: one stored bit is black and white, whatever the SOP Class"
    yield from variants(
        "rr_20a_one_bit_of_eight",
        clause,
        lambda variant: grey_image(
            [[-int(bit) if variant.signed else int(bit) for bit in row] for row in scene(0, 90) % 5 == 0],
            CT,
            variant.photometric,
            bits=(8, 1, 0),
            signed=variant.signed,
            garbage=0xAA,
        ),
    )
    clause = "RR-20a: a frame of one value is black, and its opposite for MONOCHROME1"
    yield from variants("rr_20a_one_value", clause, twelve_bits(MR, (77, 77)))


def _plain_image(sop_class: str, variant: Variant, *, shape: dict[str, str], bits: tuple[int, int, int]) -> Dataset:
    """Return an image that uses less than half of what its bits can store."""
    step = 2 ** (bits[1] - 4)
    values = scene(-3 * step if variant.signed else 2 * step, 3 * step)
    attributes: dict[str, Any] = {"PresentationLUTShape": shape[variant.photometric]} if shape else {}
    return grey_image(values, sop_class, variant.photometric, bits=bits, signed=variant.signed, **attributes)


def _polarities() -> Iterator[Case]:
    for name, shapes, choices in (
        ("agrees", AGREEMENT, Choices()),
        ("conflicts", CONFLICT, Choices()),
        ("wins", CONFLICT, Choices(presentation_lut_shape_wins=True)),
    ):
        yield from variants(
            f"rr_21_shape_{name}",
            "RR-21: inverted once, after the window; by Photometric Interpretation, or by the shape if that is chosen",
            twelve_bits(
                DX,
                WindowCenter=600,
                WindowWidth=1000,
                PresentationLUTShape=lambda variant, shapes=shapes: shapes[variant.photometric],
            ),
            choices=choices,
        )


def _sixteen_bits() -> Iterator[Case]:
    request = Request(bit_depth=16)
    for function in FUNCTIONS:
        make = twelve_bits(WindowCenter=700.25, WindowWidth=1111.5, VOILUTFunction=function)
        yield from variants(f"rr_27_{function.lower()}", f"RR-27: {function} with ymax = 65535", make, request)
    stairs = [table_item([entry // 256 * 270 for entry in range(4096)], bits=12)]
    make = twelve_bits(ModalityLUTSequence=stairs, WindowCenter=2000, WindowWidth=4000)
    yield from variants("rr_27_modality_lut", "RR-27: a Modality LUT and a window", make, request)
    yield from variants("rr_27_actual_range", "RR-27, RR-20a: the range used", twelve_bits(MR, (5, 900)), request)
    yield from variants("rr_27_possible_range", "RR-27, RR-20a: the possible range", twelve_bits(DX), request)
