"""A frame as a presentation state shows it: the order of its steps (PS3.4 N.2; RR-30 … RR-42)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from openwado.dicom.frame import Frame
from openwado.render import cielab, display_shutter, displayed_area, graphic_annotation, photometric, pixel_padding
from openwado.render.blending import blended
from openwado.render.cover import cover, placed
from openwado.render.display_shutter import P_VALUE_MAXIMUM
from openwado.render.edge_enhancement import enhanced
from openwado.render.icc_profile import checked
from openwado.render.mask import mean, stored_values, subtracted
from openwado.render.modality_lut import Rescale
from openwado.render.palette_color_lut import colors_of
from openwado.render.pipeline import render
from openwado.render.presentation import Presentation, can_be_negative
from openwado.render.raster import Raster
from openwado.render.samples import format_of
from openwado.render.spatial_transformation import SpatialTransformation
from openwado.render.value_range import possible
from openwado.render.viewport import LARGEST_PICTURE, Viewport
from openwado.render.voi_lut import VoiRange, VoiWindow, signed_first

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from openwado.dicom.bitmap_shutter import BitmapShutter
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.dicom.overlay_planes import PlaneBits
    from openwado.dicom.picture_record import Palette, Picture
    from openwado.dicom.presentation_state import Modality, PresentationState
    from openwado.render.blending import Layer
    from openwado.render.displayed_area import DisplayedView
    from openwado.render.modality_lut import ModalityLut
    from openwado.render.viewport import Region
    from openwado.render.voi_lut import VoiLut

#: Bits of a frame of floats (PS3.3 C.7.6.24).
_FLOAT_BITS = 64


@dataclass(frozen=True, slots=True)
class Softcopy:
    """What was decided for a frame: the grey steps, how it is turned, what is shown of it."""

    state: PresentationState
    presentation: Presentation
    transformation: SpatialTransformation
    view: DisplayedView


def resolve_softcopy(  # noqa: PLR0913 -- one argument a parameter of the request
    picture: Picture,
    state: PresentationState,
    *,
    region: Region | None,
    rows: int | None,
    columns: int | None,
    max_output_pixels: int = LARGEST_PICTURE,
) -> Softcopy:
    """Decide how a state shows a frame. Of the image's own only the padding takes part (RR-30).

    Raises:
        BadRequest: the picture would be too large.
    """
    image_pixel = picture.image_pixel
    size = image_pixel.rows, image_pixel.columns
    transformation = SpatialTransformation(*size, state.rotation, state.flip)
    view = displayed_area.resolve_view(
        state.displayed_area,
        transformation,
        region=region,
        rows=rows,
        columns=columns,
        max_output_pixels=max_output_pixels,
    )
    becomes_colored = state.palette is not None or state.opacity is not None or bool(state.blend_steps)
    from_values = state.mask is not None or state.edge_enhancement > 0
    palette = None if becomes_colored or from_values else picture.palette
    is_mixed = becomes_colored or (state.is_input and palette is None)
    whole = Viewport(*size, 0, 0, size[1], size[0], *size)
    presentation = Presentation(
        viewport=whole,
        padding=picture.padding if state.is_grayscale else None,
        modality_lut=_modality_lut(state.modality),
        voi_lut=_voi_lut(state, image_pixel),
        presentation_lut=state.presentation_lut or ("INVERSE" if state.is_inverse else None),
        palette_color_lut=palette,
        display_shutter=None if becomes_colored else state.display_shutter,  # of colours: once they are there
        bit_depth=16 if is_mixed else 8,
        pixel_aspect=None if state.displayed_area is None else state.displayed_area.aspect,
    )
    return Softcopy(state, presentation, transformation, view)


def drawn_softcopy(
    frame_of: Callable[[int], Frame],
    frame_number: int,
    softcopy: Softcopy,
    above: tuple[Layer, float] | None = None,
) -> NDArray[Any]:
    """Draw a frame at its own size: what a state does to values and colours.

    Args:
        frame_of: gives the frame and those that are averaged and subtracted, whole, by number.
        frame_number: of the frame.
        softcopy: what was decided.
        above: what a blending state lays over it, and its opacity.
    """
    pixels: NDArray[Any] = _toned(frame_of, frame_number, softcopy)
    if softcopy.state.palette is not None:
        pixels = _colored(pixels, softcopy.state.palette)
        padded = _padded(frame_of(frame_number), softcopy.presentation)
        pixels = pixels if padded is None else cover(pixels, padded, (0, 0, 0))  # it is no index of the palette
    return pixels if above is None else blended(pixels, *above)


def finished_softcopy(
    pixels: NDArray[Any], softcopy: Softcopy, overlays: list[tuple[str, PlaneBits]], shutter: PlaneBits | None
) -> Raster:
    """Cover, turn, cut, bring to size, and draw on what a frame or several have become.

    Args:
        pixels: at the size of the image; not changed.
        softcopy: what was decided.
        overlays: the bits of activated planes, and the layer that each is in.
        shutter: the bits of a bitmap shutter.
    """
    state = softcopy.state
    if state.display_shutter is not None and softcopy.presentation.display_shutter is None:
        presentation = softcopy.presentation
        pixels = display_shutter.apply(pixels, state.display_shutter, presentation.viewport, presentation.pixel_aspect)
    if shutter is not None and state.bitmap_shutter is not None:
        pixels = cover(pixels, _mask(shutter, softcopy), _shutter_values(pixels, state.bitmap_shutter))
    for name, color in graphic_annotation.layered((layer for layer, _ in overlays), state.layers):
        if pixels.ndim == 2 and len(set(color)) > 1:  # noqa: PLR2004 -- grey
            pixels = np.repeat(pixels[..., None], 3, axis=2)
        for layer, bits in overlays:
            if layer == name:
                pixels = cover(pixels, _mask(bits, softcopy), color)
    pixels = displayed_area.shown(softcopy.transformation.apply(pixels), softcopy.view)
    placing = graphic_annotation.Placing(softcopy.transformation, softcopy.view)
    pixels = np.ascontiguousarray(graphic_annotation.draw(pixels, state.annotations, state.layers, placing))
    return Raster(pixels, checked(state.icc_profile) if pixels.ndim > 2 else b"")  # noqa: PLR2004 -- RGB


def _colored(pixels: NDArray[Any], palette: Palette) -> NDArray[np.uint8]:
    """Return colours: the whole range of what comes before is scaled to all entries of the palette (RR-43)."""
    count = len(palette.red.entries) // 2
    entries = np.stack(colors_of(np.arange(count, dtype=np.float64) + palette.red.first_mapped, palette), axis=-1)
    colors: NDArray[np.uint8] = entries[np.rint(pixels * ((count - 1) / np.iinfo(pixels.dtype).max)).astype(np.intp)]
    return colors


def _padded(frame: Frame, presentation: Presentation) -> NDArray[np.bool_] | None:
    """Return where a frame holds no image data (RR-17)."""
    return pixel_padding.found(stored_values(frame), presentation.padding)


def _toned(frame_of: Callable[[int], Frame], frame_number: int, softcopy: Softcopy) -> NDArray[Any]:
    state, presentation = softcopy.state, softcopy.presentation
    mask = state.mask
    if mask is None and not state.edge_enhancement:
        return render(frame_of(frame_number), presentation).pixels

    def with_lut(number: int) -> tuple[Frame, ModalityLut | None]:
        return frame_of(number), _modality_lut(state.modality_of_others.get(number, state.modality))

    if mask is None:
        values = mean([with_lut(frame_number)])
    else:
        values = subtracted(map(with_lut, mask.contrasts), map(with_lut, sorted(mask.masks)), mask)
    frame = frame_of(frame_number)
    padded = pixel_padding.found(stored_values(frame), presentation.padding)
    if state.edge_enhancement:
        values = enhanced(values, state.edge_enhancement, padded)
    voi = presentation.voi_lut or _whole_range(frame, state)
    settled = replace(presentation, modality_lut=None, voi_lut=voi, padding=None, display_shutter=None)
    pixels = render(Frame(values, "MONOCHROME2", _FLOAT_BITS, _FLOAT_BITS - 1, 1), settled).pixels
    if padded is not None:
        pixels[padded] = 0
    return display_shutter.apply(pixels, presentation.display_shutter, presentation.viewport, presentation.pixel_aspect)


def _whole_range(frame: Frame, state: PresentationState) -> VoiRange | None:
    """Return the range of what is left of frames: signed, and one bit longer, where all of a mask is subtracted."""
    sample_format, mask = format_of(frame), state.mask
    if sample_format is None:
        return None

    def ends(numbers: Iterable[int]) -> tuple[float, float]:
        luts = (_modality_lut(state.modality_of_others.get(number, state.modality)) for number in numbers)
        lows, highs = zip(*(possible(sample_format, lut) for lut in luts), strict=True)
        return min(lows), max(highs)

    if mask is None:
        return VoiRange(*possible(sample_format, _modality_lut(state.modality)))
    (low, high), (mask_low, mask_high) = ends(mask.contrasts), ends(mask.masks)
    return VoiRange(low - mask.share * mask_high, high - mask.share * mask_low)


def input_image(
    frame: Frame, picture: Picture, state: PresentationState
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return an input of an advanced blending state at its own size: RGB, 0 … 255, and where it is no padding."""
    softcopy = resolve_softcopy(picture, state, region=None, rows=None, columns=None)
    pixels = drawn_softcopy(lambda _: frame, 1, softcopy)
    levels = pixels.astype(np.float32) * np.float32(255 / np.iinfo(pixels.dtype).max)
    padded = None
    if frame.photometric_interpretation in photometric.GREY:
        padded = pixel_padding.found(stored_values(frame), picture.padding)
    present = np.ones(pixels.shape[:2], np.bool_) if padded is None else ~padded
    if pixels.ndim == 2:  # noqa: PLR2004 -- grey: R = G = B (N.2.6)
        levels = np.repeat(levels[..., None], 3, axis=2)
    return np.where(present[..., None], levels, np.float32(0)), present


def colored_frame(frame: Frame, picture: Picture, state: PresentationState) -> NDArray[np.uint8]:
    """Return a frame in the colours of a state's palette, at its own size."""
    softcopy = resolve_softcopy(picture, state, region=None, rows=None, columns=None)
    if state.palette is None:
        msg = "a state without palette"
        raise ValueError(msg)
    return _colored(_toned(lambda _: frame, 1, softcopy), state.palette)


def _modality_lut(modality: Modality) -> ModalityLut | None:
    return Rescale(*modality) if isinstance(modality, tuple) else modality


def _mask(bits: PlaneBits, softcopy: Softcopy) -> NDArray[np.bool_]:
    return placed(bits.bits, bits.top, bits.left, softcopy.presentation.viewport)


def _shutter_values(pixels: NDArray[Any], shutter: BitmapShutter) -> tuple[int, int, int]:
    """Return the value of a bitmap shutter: CIELab for colour, if it says one (C.7.6.15)."""
    if pixels.ndim > 2 and shutter.color is not None:  # noqa: PLR2004 -- RGB
        return cielab.to_srgb(shutter.color)
    return (min(max(shutter.value, 0), P_VALUE_MAXIMUM) >> 8,) * 3


def _voi_lut(state: PresentationState, image_pixel: ImagePixel) -> VoiLut | None:
    if state.voi_lut is not None:
        is_difference = state.mask is not None and state.mask.share > 0
        negative = is_difference or can_be_negative(image_pixel, _modality_lut(state.modality))
        return signed_first(state.voi_lut) if negative else state.voi_lut
    if state.window is not None:
        return VoiWindow(state.window.center, state.window.width, state.voi_lut_function)
    return None
