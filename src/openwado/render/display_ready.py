"""Which images without VOI LUT show their possible range, and which the range that they use (RR-20a).

PS3.3 C.11.2.1.2.2 says identity for IODs that have the VOI LUT module. Where a VOI LUT is but a hint (CT, MR, PET and
everything measured), identity over 16 bits would be a black picture: there the range that the frame holds is shown.
"""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

from openwado.render.samples import BYTE_BITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openwado.dicom.picture_record import Picture


class WithoutVoiLut(Enum):
    """What black and white stand for in an image of a SOP Class that has no VOI LUT."""

    POSSIBLE = "the possible range: its values are display values"
    POSSIBLE_IF_BYTES = "the possible range of up to 8 stored bits; the range used of deeper ones"
    ACTUAL = "the range that the frame uses"
    BY_SHAPE = "the possible range if Presentation LUT Shape is given, else the range that the frame uses"


_POSSIBLE, _BYTES = WithoutVoiLut.POSSIBLE, WithoutVoiLut.POSSIBLE_IF_BYTES
_ACTUAL, _SHAPE = WithoutVoiLut.ACTUAL, WithoutVoiLut.BY_SHAPE
_STORAGE = "1.2.840.10008.5.1.4.1.1."

SOP_CLASSES: Mapping[str, WithoutVoiLut] = MappingProxyType(
    {
        _STORAGE + "1": _SHAPE,  # Computed Radiography
        _STORAGE + "1.1": _POSSIBLE,  # Digital X-Ray, for presentation
        _STORAGE + "1.1.1": _ACTUAL,  # … for processing: raw detector values
        _STORAGE + "1.2": _POSSIBLE,  # Digital Mammography, for presentation
        _STORAGE + "1.2.1": _ACTUAL,
        _STORAGE + "1.3": _POSSIBLE,  # Digital Intra-Oral, for presentation
        _STORAGE + "1.3.1": _ACTUAL,
        _STORAGE + "2": _ACTUAL,  # CT
        _STORAGE + "2.1": _ACTUAL,
        _STORAGE + "2.2": _ACTUAL,
        _STORAGE + "3.1": _POSSIBLE,  # Ultrasound Multi-frame
        _STORAGE + "4": _ACTUAL,  # MR
        _STORAGE + "4.1": _ACTUAL,
        _STORAGE + "4.4": _ACTUAL,
        _STORAGE + "6.1": _POSSIBLE,  # Ultrasound
        _STORAGE + "6.2": _BYTES,  # Enhanced US Volume
        _STORAGE + "6.3": _ACTUAL,  # Photoacoustic
        _STORAGE + "7": _BYTES,  # Secondary Capture: deeper ones come from anywhere
        _STORAGE + "7.1": _POSSIBLE,
        _STORAGE + "7.2": _POSSIBLE,
        _STORAGE + "7.3": _BYTES,
        _STORAGE + "12.1": _POSSIBLE,  # X-Ray Angiographic
        _STORAGE + "12.1.1": _POSSIBLE,
        _STORAGE + "12.2": _POSSIBLE,  # X-Ray Radiofluoroscopic
        _STORAGE + "12.2.1": _POSSIBLE,
        _STORAGE + "13.1.1": _ACTUAL,  # X-Ray 3D
        _STORAGE + "13.1.2": _ACTUAL,
        _STORAGE + "13.1.3": _ACTUAL,  # Breast Tomosynthesis
        _STORAGE + "13.1.4": _POSSIBLE,  # Breast Projection, for presentation
        _STORAGE + "13.1.5": _ACTUAL,
        _STORAGE + "14.1": _POSSIBLE,  # Intravascular OCT, for presentation
        _STORAGE + "14.2": _ACTUAL,
        _STORAGE + "20": _ACTUAL,  # Nuclear Medicine
        _STORAGE + "30": _ACTUAL,  # Parametric Map
        _STORAGE + "66.4": _POSSIBLE,  # Segmentation
        _STORAGE + "66.7": _ACTUAL,  # Label Map Segmentation: numbers of segments
        _STORAGE + "66.8": _ACTUAL,  # Height Map Segmentation
        _STORAGE + "77.1.1": _POSSIBLE,  # visible light
        _STORAGE + "77.1.1.1": _POSSIBLE,
        _STORAGE + "77.1.2": _POSSIBLE,
        _STORAGE + "77.1.2.1": _POSSIBLE,
        _STORAGE + "77.1.3": _POSSIBLE,
        _STORAGE + "77.1.4": _POSSIBLE,
        _STORAGE + "77.1.4.1": _POSSIBLE,
        _STORAGE + "77.1.5.1": _POSSIBLE,  # Ophthalmic Photography
        _STORAGE + "77.1.5.2": _POSSIBLE,
        _STORAGE + "77.1.5.4": _BYTES,  # Ophthalmic Tomography
        _STORAGE + "77.1.5.5": _POSSIBLE,
        _STORAGE + "77.1.5.6": _POSSIBLE,
        _STORAGE + "77.1.5.7": _BYTES,
        _STORAGE + "77.1.5.8": _ACTUAL,
        _STORAGE + "77.1.6": _POSSIBLE,  # Whole Slide
        _STORAGE + "77.1.7": _POSSIBLE,
        _STORAGE + "77.1.8": _BYTES,  # Confocal Microscopy
        _STORAGE + "77.1.9": _BYTES,
        _STORAGE + "128": _ACTUAL,  # PET
        _STORAGE + "128.1": _ACTUAL,
        _STORAGE + "130": _ACTUAL,
        _STORAGE + "481.1": _SHAPE,  # RT Image
        _STORAGE + "481.2": _ACTUAL,  # RT Dose
        _STORAGE + "481.23": _SHAPE,
        _STORAGE + "481.24": _SHAPE,
    }
)
"""By SOP Class UID."""

MODALITIES: Mapping[str, WithoutVoiLut] = MappingProxyType(
    dict.fromkeys(("DX", "MG", "IO", "US", "IVUS", "XA", "RF", "OP", "ES", "GM", "SM", "XC", "DMS"), _POSSIBLE)
    | dict.fromkeys(("OT", "DG", "HC", "DOC", ""), _BYTES)
    | dict.fromkeys(("CT", "MR", "PT", "NM", "RTDOSE"), _ACTUAL)
)
"""By Modality, for retired, private and missing SOP Classes."""


def is_display_ready(picture: Picture) -> bool:
    """Say whether an image without VOI LUT shows its possible range, not the one that its frame uses."""
    image_pixel = picture.image_pixel
    if image_pixel.bits_stored == 1:
        return True
    rule = SOP_CLASSES.get(picture.sop_class_uid) or MODALITIES.get(picture.modality, _SHAPE)
    match rule:
        case WithoutVoiLut.POSSIBLE:
            return True
        case WithoutVoiLut.ACTUAL:
            return False
        case WithoutVoiLut.POSSIBLE_IF_BYTES:
            return bool(picture.presentation_lut_shape) or image_pixel.bits_stored <= BYTE_BITS
        case WithoutVoiLut.BY_SHAPE:
            return bool(picture.presentation_lut_shape)
