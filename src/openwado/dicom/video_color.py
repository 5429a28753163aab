"""A decoded picture of a video stream as RGB: which matrix, which range (ITU-T H.273; PS3.3 C.7.6.3.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from openwado.dicom.frame import Frame

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

#: Weights of red and blue in luma by MatrixCoefficients (H.273 table 4).
_BT_601: Final = (0.299, 0.114)
_BT_709: Final = (0.2126, 0.0722)
_WEIGHTS: Final = {
    1: _BT_709,
    4: (0.30, 0.11),
    5: _BT_601,
    6: _BT_601,
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
}
#: As the library numbers them.
_PARTIAL_RANGE, _FULL_RANGE = 1, 2
_ANY_MATRIX: Final = 1
#: Streams that name no matrix are of high definition, hence BT.709, beyond the sizes of ITU-R BT.601.
_STANDARD_COLUMNS: Final = 1024
_STANDARD_ROWS: Final = 576

_BYTE_BITS: Final = 8
_WORD_BITS: Final = 16


def rgb_frame(picture: VideoFrame) -> Frame:
    """Return a picture as RGB of 8 bits, chroma interpolated; of monochrome streams all three are alike."""
    cells = _components(picture)
    matrix = _matrix(picture)
    import cv2  # noqa: PLC0415 -- heavy; other frames do without

    rgb = np.empty(cells.shape, np.uint8)
    # adding nothing rounds and clamps to bytes in one pass
    cv2.add(cv2.transform(cells.astype(np.float32), matrix), np.zeros(4), dst=rgb, dtype=cv2.CV_8U)
    return Frame(rgb, "RGB", _BYTE_BITS, _BYTE_BITS - 1, 0)


def grey_frame(picture: VideoFrame, photometric_interpretation: str) -> Frame:
    """Return the luma of a picture, 0 … 255, for objects that say they are grey."""
    luma = _components(picture)[..., 0].astype(np.float32)
    black, span = _luma_range(picture)
    scaled = (luma / (1 << _component_bits(picture) - _BYTE_BITS) - black) * (255 / span)
    cells = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    return Frame(cells, photometric_interpretation, _BYTE_BITS, _BYTE_BITS - 1, 0)


def _component_bits(picture: VideoFrame) -> int:
    deepest = max(component.bits for component in picture.format.components)
    return _WORD_BITS if deepest > _BYTE_BITS else _BYTE_BITS


def _components(picture: VideoFrame) -> NDArray[Any]:
    """Return Y, Cb and Cr of a picture at full size, (rows, columns, 3), of 8 or 16 bits."""
    wide = "yuv444p16le" if _component_bits(picture) > _BYTE_BITS else "yuv444p"
    color_range = _FULL_RANGE if _is_full(picture) else _PARTIAL_RANGE
    planes: NDArray[Any] = picture.reformat(  # chroma is interpolated; neither matrix nor range change
        format=wide,
        interpolation="BICUBIC",
        src_colorspace=_ANY_MATRIX,
        dst_colorspace=_ANY_MATRIX,
        src_color_range=color_range,
        dst_color_range=color_range,
        threads=1,
    ).to_ndarray()
    # the library gives one plane after the other, or samples side by side
    return np.ascontiguousarray(np.moveaxis(planes, 0, -1)) if planes.shape[0] == 3 else planes  # noqa: PLR2004


def _luma_range(picture: VideoFrame) -> tuple[float, float]:
    """Return the luma of black, and how much more that of white is, of 8 bits."""
    return (0.0, 255.0) if _is_full(picture) else (16.0, 219.0)


def _is_full(picture: VideoFrame) -> bool:
    return picture.color_range == _FULL_RANGE or picture.format.name.startswith("yuvj")


def _matrix(picture: VideoFrame) -> NDArray[np.float32]:
    """Return the 3 x 4 matrix from components to RGB of 0 … 255."""
    high_definition = picture.width > _STANDARD_COLUMNS or picture.height > _STANDARD_ROWS
    red, blue = _WEIGHTS.get(int(picture.colorspace), _BT_709 if high_definition else _BT_601)
    green = 1 - red - blue
    unscaled = np.array(
        [
            [1, 0, 2 * (1 - red)],
            [1, -2 * (1 - blue) * blue / green, -2 * (1 - red) * red / green],
            [1, 2 * (1 - blue), 0],
        ]
    )
    black, span = _luma_range(picture)
    chroma = 255.0 if _is_full(picture) else 224.0
    unit = 1 << _component_bits(picture) - _BYTE_BITS
    gain = unscaled * np.array([255 / span, 255 / chroma, 255 / chroma]) / unit
    zero = np.array([black, 128.0, 128.0]) * unit
    return np.column_stack([gain, -gain @ zero]).astype(np.float32)
