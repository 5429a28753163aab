"""The grey steps in their order (PS3.4 N.2.1), as one value that takes stored values to grey levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from openwado.render import modality_lut, pixel_padding, presentation_lut, voi_lut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.render.modality_lut import ModalityLut
    from openwado.render.presentation_lut import PresentationLut
    from openwado.render.voi_lut import VoiLut


@dataclass(frozen=True, slots=True)
class GreySteps:
    """What happens to a stored value on its way to a grey level, settled for one frame.

    Attributes:
        voi_lut: values of the modality to display values.
        modality_lut: stored values to values of the modality; None: identity.
        presentation_lut: polarity; None: identity.
        padding: lowest and highest stored value that is no image data; None: all of it is.
        bits: of a grey level: 8, or 16 (RR-27).
    """

    voi_lut: VoiLut
    modality_lut: ModalityLut | None = None
    presentation_lut: PresentationLut | None = None
    padding: tuple[int, int] | None = None
    bits: int = 8

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of a grey level: uint8 or uint16."""
        return np.dtype(f"u{self.bits // 8}")

    def levels(self, stored: NDArray[Any]) -> NDArray[Any]:
        """Return grey levels, 0 … 255 or 65535, rounded half up once at the end, in the shape of the stored values.

        Raises:
            CorruptObject: a look-up table is empty.
        """
        white = float((1 << self.bits) - 1)
        values = modality_lut.apply(stored.astype(np.float64), self.modality_lut)
        values = voi_lut.apply(values, self.voi_lut, white)
        values = presentation_lut.apply(values, self.presentation_lut, white)
        levels = np.fmin(np.fmax(values + 0.5, 0), white).astype(self.dtype)
        masked = pixel_padding.found(stored, self.padding)
        if masked is not None:
            levels[masked] = 0
        return levels
