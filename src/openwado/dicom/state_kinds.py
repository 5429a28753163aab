"""The kinds of presentation states that are applied (PS3.4 B.5, PS3.3 A.33), in one table."""

from __future__ import annotations

from typing import Final

GRAYSCALE: Final = "1.2.840.10008.5.1.4.1.1.11.1"
COLOR: Final = "1.2.840.10008.5.1.4.1.1.11.2"
PSEUDO_COLOR: Final = "1.2.840.10008.5.1.4.1.1.11.3"
BLENDING: Final = "1.2.840.10008.5.1.4.1.1.11.4"
XA_XRF: Final = "1.2.840.10008.5.1.4.1.1.11.5"
ADVANCED_BLENDING: Final = "1.2.840.10008.5.1.4.1.1.11.8"
VARIABLE_MODALITY_LUT: Final = "1.2.840.10008.5.1.4.1.1.11.12"

#: What people call the states that are applied, by SOP Class UID.
APPLIED: Final = {
    GRAYSCALE: "grayscale",
    COLOR: "color",
    PSEUDO_COLOR: "pseudo-color",
    BLENDING: "blending",
    XA_XRF: "XA/XRF grayscale",
    ADVANCED_BLENDING: "advanced blending",
    VARIABLE_MODALITY_LUT: "variable modality LUT",
}
#: States whose pictures are made of several images.
OF_SEVERAL_IMAGES: Final = frozenset({BLENDING, ADVANCED_BLENDING})
#: How the SOP Class UID of any presentation state of images begins.
STORAGE: Final = "1.2.840.10008.5.1.4.1.1.11."
