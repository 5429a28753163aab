"""From stored values to display values: the order of the steps (PS3.4 N.2; PS3.3 C.7.6.3, C.11; section 13)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from openwado.errors import CorruptObject, NotSupported
from openwado.render import (
    display_shutter,
    lut,
    overlay_plane,
    palette_color_lut,
    photometric,
    resample,
    samples,
    value_range,
    viewport,
)
from openwado.render.grey_steps import GreySteps
from openwado.render.raster import Raster
from openwado.render.voi_lut import ActualRange, VoiRange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from openwado.dicom.frame import Frame
    from openwado.dicom.overlay_planes import PlaneBits
    from openwado.render.presentation import Presentation
    from openwado.render.samples import SampleFormat

# One process runs on each core already: threads in each would only fight for the same cores, and none of them would
# live through a fork. Said here because this module is the one door to every step that uses OpenCV.
cv2.setNumThreads(1)

SMOOTH_STEP = 4
"""Grey levels by which neighbouring stored values may differ for an average, rounded to a stored value, to be exact
enough: half of this."""

FINE_STEP = 256
"""Parts of a step between stored values that averages are told apart by: exact in 32-bit floats for 16-bit cells."""


def render(frame: Frame, presentation: Presentation, planes: Iterable[PlaneBits] = ()) -> Raster:
    """Draw a frame.

    Args:
        frame: stored values, one or three samples a pixel; at least the rows that are shown.
        presentation: what was decided for it.
        planes: the bits of its overlay planes, taken one after the other when the image is drawn.

    Returns:
        display values of the size that the viewport says; grey or RGB.

    Raises:
        CorruptObject: the frame contradicts its own description.
        NotSupported: the colour space is one that pictures are not made of.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # absurd slopes and widths end in black or white, not in noise
        pixels = _drawn(frame, presentation)
    # What covers the image comes when it has its size: its edges are then as sharp as the picture allows.
    shown = presentation.viewport
    pixels = display_shutter.apply(pixels, presentation.display_shutter, shown, presentation.pixel_aspect)
    pixels = overlay_plane.draw(pixels, planes, shown)
    return Raster(np.ascontiguousarray(pixels))


def _drawn(frame: Frame, presentation: Presentation) -> NDArray[Any]:
    cells = frame.cells[..., 0] if frame.cells.ndim == 3 and frame.cells.shape[2] == 1 else frame.cells  # noqa: PLR2004 -- axes
    sample_format = samples.format_of(frame)
    if frame.band is not None:
        presentation = replace(presentation, viewport=viewport.within_band(presentation.viewport, frame.band))
    if cells.ndim == 3:  # noqa: PLR2004 -- rows, columns, samples
        return _color(cells, sample_format, frame.photometric_interpretation, presentation)
    if frame.photometric_interpretation == photometric.PALETTE_COLOR:
        return _palette_color(cells, sample_format, presentation)
    if frame.photometric_interpretation in photometric.GREY:
        return _grey(cells, sample_format, presentation)
    raise CorruptObject(f"The image has one sample a pixel, which contradicts {frame.photometric_interpretation}.")


def _color(
    cells: NDArray[Any], sample_format: SampleFormat | None, photometric_interpretation: str, presentation: Presentation
) -> NDArray[np.uint8]:
    """Cut, convert to RGB, resample: no grey step acts on colours (RR-15)."""
    shown = viewport.cut(cells, presentation.viewport)
    return _fitted(photometric.to_rgb(shown, sample_format, photometric_interpretation), presentation)


def _palette_color(
    cells: NDArray[Any], sample_format: SampleFormat | None, presentation: Presentation
) -> NDArray[np.uint8]:
    """Cut, look colours up, resample: the average of two indexes is no colour between theirs."""
    palette = presentation.palette_color_lut
    if palette is None:
        raise CorruptObject("The image is PALETTE COLOR, but it has no complete palette.")
    if sample_format is None or not lut.has_table(sample_format):
        raise NotSupported("Pictures of PALETTE COLOR images with more than 16 bits allocated are not made.")
    colors = palette_color_lut.colors_of(samples.ascending(sample_format), palette)
    shown = viewport.cut(cells, presentation.viewport)
    return _fitted(lut.look_up_colors(shown, sample_format, colors), presentation)


def _grey(cells: NDArray[Any], sample_format: SampleFormat | None, presentation: Presentation) -> NDArray[Any]:
    """Cut, resample, then tone; or tone first where stored values must not be mixed.

    Values are averaged before they are windowed, so that a narrow window shows the mean of what it sees and not the
    mean of what it clipped. But padding mixed into its neighbours would draw a false edge, and so would a value that a
    supplemental palette colours: such images are toned first.
    """
    steps = _settled(cells, sample_format, presentation)
    shown = viewport.cut(cells, presentation.viewport)
    palette = presentation.palette_color_lut
    if palette is not None and (sample_format is None or not lut.has_table(sample_format)):
        raise NotSupported(
            "Pictures of images with more than 16 bits allocated and a supplemental palette are not made."
        )
    if palette is not None and sample_format is not None:
        grey = lut.table_of(sample_format, steps)
        colors = palette_color_lut.supplement(grey, samples.ascending(sample_format), palette, presentation.padding)
        return _fitted(lut.look_up_colors(shown, sample_format, colors), presentation)
    size = (presentation.viewport.rows, presentation.viewport.columns)
    may_mix = presentation.is_interpolated and presentation.padding is None and _is_finite(shown)
    if shown.shape == size or not may_mix:
        return _fitted(lut.levels_of(shown, sample_format, steps), presentation)
    resized = resample.resize(shown, *size, read=_reader(sample_format, steps))
    if sample_format is not None and resized.dtype.kind == "f":
        # Where nothing was mixed the value is whole again: noise of the last bit must not decide at a threshold.
        resized = np.rint(resized * FINE_STEP) / FINE_STEP
    return lut.levels_of(resized, samples.format_of_values(resized.dtype), steps)


def _settled(cells: NDArray[Any], sample_format: SampleFormat | None, presentation: Presentation) -> GreySteps:
    """Return the grey steps with the VOI LUT that is in force for the frame.

    The range of an object that has no VOI LUT is that of the whole frame, never of a region. Floats have no possible
    range, so theirs is always the actual one.
    """
    voi, modality, padding = presentation.voi_lut, presentation.modality_lut, presentation.padding
    if voi is None and sample_format is not None:
        voi = VoiRange(*value_range.possible(sample_format, modality))
    elif voi is None or isinstance(voi, ActualRange):
        palette = presentation.palette_color_lut
        colored_from = None if palette is None else palette.red.first_mapped
        used = value_range.actual(cells, sample_format, padding, modality, colored_from)
        voi = VoiRange(*used, beside_padding=padding is not None)
    return GreySteps(voi, modality, presentation.presentation_lut, padding, presentation.bit_depth)


def _reader(sample_format: SampleFormat | None, steps: GreySteps) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """Return what makes numbers of cells before they are averaged.

    Stored values of up to 16 bits stay integers, which is fastest, unless one step between them is a leap between
    greys (masks, label maps, very narrow windows); then the average keeps its fraction, as it does for wider cells.
    """
    read = partial(samples.read, sample_format=sample_format)
    if sample_format is None:
        return read
    if not lut.has_table(sample_format):
        return lambda cells: read(cells).astype(np.float64)
    leaps = np.diff(lut.table_of(sample_format, steps).astype(np.int32))
    if steps.bits == samples.BYTE_BITS and np.abs(leaps).max(initial=0) <= SMOOTH_STEP:
        return read
    return lambda cells: read(cells).astype(np.float32)


def _is_finite(cells: NDArray[Any]) -> bool:
    """Say whether no cell is NaN or infinite: those are padding (RR-3)."""
    return cells.dtype.kind != "f" or bool(np.isfinite(cells.min()) and np.isfinite(cells.max()))


def _fitted(display: NDArray[Any], presentation: Presentation) -> NDArray[Any]:
    """Bring display values to the size of the picture."""
    if not presentation.is_interpolated:
        return resample.nearest(display, presentation.viewport.rows, presentation.viewport.columns)
    return resample.resize(display, presentation.viewport.rows, presentation.viewport.columns)
