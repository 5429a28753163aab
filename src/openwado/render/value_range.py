"""The range of values that black to white stands for where nothing says it (RR-20a; PS3.3 C.11.2.1.2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from openwado.render import lut, modality_lut, pixel_padding, samples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from openwado.render.modality_lut import ModalityLut
    from openwado.render.samples import SampleFormat


def possible(sample_format: SampleFormat, modality: ModalityLut | None) -> tuple[float, float]:
    """Return the smallest and largest value of the modality that could be stored."""
    return modality_lut.possible_range(float(sample_format.lowest), float(sample_format.highest), modality)


def actual(
    cells: NDArray[Any],
    sample_format: SampleFormat | None,
    padding: tuple[int, int] | None,
    modality: ModalityLut | None,
    colored_from: int | None = None,
) -> tuple[float, float]:
    """Return the smallest and largest value of the modality in a whole frame, padding and coloured values left out.

    Args:
        cells: shape (rows, columns).
        sample_format: of the cells, None for floats.
        padding: stored values that are no image data.
        modality: the Modality LUT.
        colored_from: the first stored value that a supplemental palette colours (RR-14).

    Returns:
        both; (0.0, 0.0) for a frame that is padding and colours only.
    """
    lows, highs = [], []
    for stored in _stored_values(cells, sample_format):
        masked = pixel_padding.found(stored, padding)
        kept = stored if masked is None else stored[~masked]
        kept = kept if colored_from is None else kept[kept < colored_from]
        if kept.size:
            values = modality_lut.apply(kept.astype(np.float64), modality)
            lows.append(float(values.min()))
            highs.append(float(values.max()))
    if not lows:
        return 0.0, 0.0
    return min(lows), max(highs)


def _stored_values(cells: NDArray[Any], sample_format: SampleFormat | None) -> Iterator[NDArray[Any]]:
    """Yield the stored values of a frame: each once where cells can be counted, else piece by piece."""
    if sample_format is not None and lut.has_table(sample_format):
        patterns = 1 << sample_format.cell_bits
        count = cv2.calcHist([cells], [0], None, [patterns], [0, patterns])
        yield samples.read(np.flatnonzero(count).astype(cells.dtype), sample_format)
        return
    step = max(1, lut.CHUNK // max(1, cells.shape[1]))
    for top in range(0, cells.shape[0], step):
        yield samples.read(cells[top : top + step], sample_format)
