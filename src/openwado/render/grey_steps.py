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
    """

    voi_lut: VoiLut
    modality_lut: ModalityLut | None = None
    presentation_lut: PresentationLut | None = None
    padding: tuple[int, int] | None = None

    def levels(self, stored: NDArray[Any]) -> NDArray[np.uint8]:
        """Return grey levels 0 … 255, rounded half up once at the end, in the shape of the stored values.

        Raises:
            CorruptObject: a look-up table is empty.
        """
        values = modality_lut.apply(stored.astype(np.float64), self.modality_lut)
        values = voi_lut.apply(values, self.voi_lut)
        values = presentation_lut.apply(values, self.presentation_lut)
        levels = np.fmin(np.fmax(values + 0.5, 0), voi_lut.DISPLAY_MAXIMUM).astype(np.uint8)
        masked = pixel_padding.found(stored, self.padding)
        if masked is not None:
            levels[masked] = 0
        return levels
