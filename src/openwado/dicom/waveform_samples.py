"""Waveform Data as numbers: how samples are written, companded audio, padding (PS3.3 C.10.9.1.5 … C.10.9.1.7)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from openwado.errors import CorruptObject, NotSupported

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.dicom.attributes import Attributes

#: Samples of all channels of one object: more are refused.
SAMPLES_MAX: Final = 50_000_000
CHANNELS_MAX: Final = 256

_BITS_ALLOCATED, _INTERPRETATION, _PADDING, _DATA = 0x54001004, 0x54001006, 0x5400100A, 0x54001010
#: Waveform Sample Interpretation (5400,1006), and what one sample is in numpy (C.10.9.1.5).
_TYPES: Final = {
    "SB": "i1",
    "UB": "u1",
    "MB": "u1",
    "AB": "u1",
    "SS": "i2",
    "US": "u2",
    "SL": "i4",
    "UL": "u4",
    "SV": "i8",
    "UV": "u8",
}


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """The stored samples of one multiplex group.

    Attributes:
        stored: shape (samples, channels), as written; read only.
        interpretation: how one is written: SB, UB, MB, AB, SS, US, SL, UL, SV or UV.
        padding: the stored value that stands for no sample, None for none.
    """

    stored: NDArray[Any]
    interpretation: str
    padding: int | None

    def values(self, channel: int, first: int, stop: int) -> NDArray[np.float64]:
        """Return samples of a channel from `first` up to, not including, `stop`, NaN where there is none.

        Companded audio is expanded to the range of 16 bits.
        """
        stored = self.stored[first:stop, channel]
        table = _EXPANDED.get(self.interpretation)
        values = stored.astype(np.float64) if table is None else table()[stored]
        if self.padding is not None:
            values[stored == self.padding] = np.nan
        return values


def read_samples(attributes: Attributes, channels: int, samples: int) -> Samples:
    """Return the samples of a multiplex group.

    Args:
        attributes: of an item of the Waveform Sequence.
        channels: Number of Waveform Channels (003A,0005).
        samples: Number of Waveform Samples (003A,0010), of each channel.

    Raises:
        CorruptObject: they are not there, or contradict themselves.
    """
    interpretation = attributes.text(_INTERPRETATION)
    if interpretation not in _TYPES:
        raise CorruptObject("The waveform's Sample Interpretation (5400,1006) is none that DICOM knows.")
    kind = np.dtype(_TYPES[interpretation]).newbyteorder("<" if attributes.coding.little_endian else ">")
    bits = attributes.integer(_BITS_ALLOCATED)
    if bits is not None and bits != 8 * kind.itemsize:
        raise CorruptObject(
            "The waveform's Bits Allocated (5400,1004) and Sample Interpretation (5400,1006) contradict each other."
        )
    data = _value(attributes, _DATA, samples * channels * kind.itemsize)
    padding = _value(attributes, _PADDING, kind.itemsize)
    return Samples(
        stored=np.frombuffer(data, kind).reshape(samples, channels),
        interpretation=interpretation,
        padding=int(np.frombuffer(padding, kind)[0]) if padding else None,
    )


def stored_limit(attributes: Attributes, tag: int, interpretation: str) -> int | None:
    """Return Channel Minimum or Maximum Value (5400,0110; 5400,0112), None where it is not told.

    Args:
        attributes: of a channel.
        tag: which of them.
        interpretation: of the group's samples.
    """
    kind = np.dtype(_TYPES.get(interpretation, "i2")).newbyteorder("<" if attributes.coding.little_endian else ">")
    value = attributes.value(tag)[: kind.itemsize]
    return int(np.frombuffer(value, kind)[0]) if len(value) == kind.itemsize else None


def check_size(samples: int) -> None:
    """Refuse more samples than are drawn.

    Raises:
        NotSupported: there are more.
    """
    if samples > SAMPLES_MAX:
        raise NotSupported(f"The waveform has more than the {SAMPLES_MAX} samples that this server draws.")


def _value(attributes: Attributes, tag: int, length: int) -> bytes:
    """Return so many bytes of a value; b"" for padding that is not told.

    Raises:
        CorruptObject: there are fewer.
    """
    element = attributes.elements.get(tag)
    if tag == _PADDING and (element is None or element.length < length):
        return b""
    is_swapped = not attributes.coding.little_endian and element is not None and element.vr == "OW"
    read = length + length % 2 if is_swapped else length
    if element is None or element.undefined or element.length < length:
        raise CorruptObject("The waveform has fewer samples than it says.")
    data = attributes.blocks.source.read_at(element.value_offset, min(read, element.length))
    if len(data) < length:
        raise CorruptObject("The waveform has fewer samples than it says.")
    eight_bits = attributes.text(_INTERPRETATION) in {"SB", "UB", "MB", "AB"}
    if is_swapped and eight_bits and len(data) % 2 == 0:  # two samples in each word (PS3.5 7.3)
        return np.frombuffer(data, "<u2").byteswap().tobytes()[:length]
    return data[:length]


@lru_cache(maxsize=1)
def _mu_law() -> NDArray[np.float64]:
    """Return what each code of the µ-law stands for (ITU-T G.711, table 2), times four: 16 bits."""
    inverted = 255 - np.arange(256)
    exponent, mantissa = inverted >> 4 & 7, inverted & 15
    magnitude = ((2 * mantissa + 33) << exponent) - 33
    return np.where(inverted & 0x80, -4.0, 4.0) * magnitude.astype(np.float64)


@lru_cache(maxsize=1)
def _a_law() -> NDArray[np.float64]:
    """Return what each code of the A-law stands for (ITU-T G.711, table 1), times eight: 16 bits."""
    codes = np.arange(256) ^ 0x55
    exponent, mantissa = codes >> 4 & 7, codes & 15
    magnitude = np.where(exponent == 0, 2 * mantissa + 1, (2 * mantissa + 33) << np.maximum(exponent - 1, 0))
    return np.where(codes & 0x80, 8.0, -8.0) * magnitude.astype(np.float64)


_EXPANDED: Final = {"MB": _mu_law, "AB": _a_law}
