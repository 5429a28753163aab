"""The grey pipeline by the letter of section 13.3: one stored value at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from golden.plain_samples import is_real
from golden.plain_tables import Table, sequence_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydicom.dataset import Dataset

HALF = Fraction(1, 2)

Real = Fraction | float

STORAGE = "1.2.840.10008.5.1.4.1.1."

X_RAY = {STORAGE + end for end in ("12.1", "12.1.1", "12.2", "12.2.1")}

#: RR-20a, by SOP Class: these show their possible range …
POSSIBLE = X_RAY | {STORAGE + end for end in ("1.1", "1.2", "1.3", "3.1", "6.1", "66.4", "77.1.4")}
#: … these up to 8 stored bits, or if Presentation LUT Shape is given …
POSSIBLE_IF_BYTES = {STORAGE + end for end in ("7", "7.3", "77.1.5.4")}
#: … these if it is given; all others show the range that their frame uses.
POSSIBLE_BY_SHAPE = {STORAGE + end for end in ("1", "481.1")}


@dataclass(frozen=True, slots=True)
class Window:
    """A window and its function."""

    center: float
    width: float
    function: str


@dataclass(frozen=True, slots=True)
class Range:
    """Black and white of an object without VOI."""

    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class Grey:
    """What is in force for the grey values of one frame.

    Attributes:
        padding: lowest and highest stored value that is no image data.
        rescale: slope and intercept; None if there is none.
        modality_lut: None if there is none.
        voi: how values after the Modality LUT become display values.
        inverse: whether the minimum is white.
        white: the largest display value, 255 or 65535.
    """

    padding: tuple[int, int] | None
    rescale: tuple[float, float] | None
    modality_lut: Table | None
    voi: Window | Table | Range
    inverse: bool
    white: int

    def is_padding(self, stored: float) -> bool:
        """RR-17: the value, or within the range; RR-3: NaN and infinity."""
        if not math.isfinite(stored):
            return True
        return self.padding is not None and self.padding[0] <= stored <= self.padding[1]

    def display(self, stored: float) -> Real:
        """Stage order of section 13: padding, Modality LUT, VOI, polarity; a real number, not yet rounded."""
        if self.is_padding(stored):
            return 0
        value = modality_value(stored, self.rescale, self.modality_lut)
        y = voi_value(value, self.voi, self.white)
        return self.white - y if self.inverse else y  # RR-21: after VOI


def modality_value(stored: float, rescale: tuple[float, float] | None, table: Table | None) -> float:
    """RR-18: either LUT or rescale; sign and fraction are kept."""
    if rescale is not None:
        return float(stored) * rescale[0] + rescale[1]
    return float(table.at(stored)) if table is not None else float(stored)


def voi_value(x: float, voi: Window | Table | Range, white: int) -> Real:
    """RR-20, RR-20a; in exact fractions, so that halves are halves."""
    if isinstance(voi, Table):
        return Fraction(voi.at(x), voi.full_scale) * white
    if isinstance(voi, Range):
        # RR-20a: LINEAR with c = (min + max + 1) / 2 and w = max - min + 1; there the ones cancel out.
        lowest, highest = Fraction(voi.lowest), Fraction(voi.highest)
        return window_value(Fraction(x) - lowest, (highest - lowest + 1) / 2, highest - lowest + 1, "LINEAR", 0, white)
    return window_value(Fraction(x), Fraction(voi.center), Fraction(voi.width), voi.function, 0, white)


def window_value(  # noqa: PLR0917 -- as in the clause
    x: Fraction, c: Fraction, w: Fraction, function: str, ymin: int, ymax: int
) -> Real:
    """RR-20: the three functions, branch by branch."""
    if function == "SIGMOID":
        exponent = float(-4 * (x - c) / w)
        return (ymax - ymin) / (1 + math.exp(exponent)) + ymin if exponent < 700 else ymin
    exact = function == "LINEAR_EXACT"
    middle, length = (c, w) if exact else (c - HALF, w - 1)
    if x <= middle - length / 2:
        return ymin
    if x > middle + length / 2:
        return ymax
    return ((x - middle) / length + HALF) * (ymax - ymin) + ymin


def grey_of(
    dataset: Dataset,
    frame_number: int,
    values: Iterable[float],
    *,
    window: tuple[float, float] | None = None,
    white: int = 255,
    prefer_window: bool = False,
    shape_wins: bool = False,
) -> Grey:
    """What is in force for a frame with these stored values."""
    padding = padding_of(dataset)
    rescale, table = modality_of(dataset, frame_number)
    undecided = Grey(padding, rescale, table, Range(0, 0), inverse=False, white=white)
    voi: Window | Table | Range | None = voi_of(dataset, frame_number, prefer_window=prefer_window)
    if window is not None:  # RR-19: request window > …; with the function of the image
        voi = Window(*window, function_of(dataset, macro(dataset, frame_number, "FrameVOILUTSequence")))
    if voi is None:
        kept = [value for value in values if not undecided.is_padding(value)]
        voi = range_of(dataset, rescale, table, kept)
        if padding is not None and kept and isinstance(voi, Range) and voi.lowest == voi.highest:
            voi = Window(voi.lowest, 1, "LINEAR")  # RR-20a: one value beside padding, which is black, is white
    return Grey(padding, rescale, table, voi, inverse_of(dataset, shape_wins=shape_wins), white)


def macro(dataset: Dataset, frame_number: int, name: str) -> Dataset:
    """RR-18: what per-frame, else shared functional groups say, else the data set."""
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence", [])
    shared = dataset.get("SharedFunctionalGroupsSequence", [])
    for groups in (*per_frame[frame_number - 1 : frame_number], *shared[:1]):
        if groups.get(name):
            item: Dataset = groups[name].value[0]
            return item
    return dataset


def padding_of(dataset: Dataset) -> tuple[int, int] | None:
    """RR-17: Pixel Padding Value and Range Limit, whichever of them is the lower."""
    if "PixelPaddingValue" not in dataset or is_real(dataset):
        return None
    ends = [dataset.PixelPaddingValue, dataset.get("PixelPaddingRangeLimit", dataset.PixelPaddingValue)]
    signed = dataset.PixelRepresentation == 1
    low, high = sorted((end + 32768) % 65536 - 32768 if signed else end % 65536 for end in ends)
    return low, high


def modality_of(dataset: Dataset, frame_number: int) -> tuple[tuple[float, float] | None, Table | None]:
    """RR-18: rescale or Modality LUT, if it is part of display."""
    properties = macro(dataset, frame_number, "FramePixelDataPropertiesSequence")
    if dataset.SOPClassUID in X_RAY and properties.get("PixelIntensityRelationship") in ("LOG", "DISP"):
        return None, None  # maps back to X-ray intensity
    return transformation_of(dataset, frame_number)


def transformation_of(dataset: Dataset, frame_number: int) -> tuple[tuple[float, float] | None, Table | None]:
    """RR-18: the Modality LUT, or rescale."""
    holder = macro(dataset, frame_number, "PixelValueTransformationSequence")
    if holder.get("ModalityLUTSequence"):  # a rescale beside it is a filler
        # RR-18: first-mapped sign by Pixel Representation.
        return None, sequence_table(holder.ModalityLUTSequence[0], signed=dataset.PixelRepresentation == 1)
    if "RescaleSlope" in holder:
        return (float(holder.RescaleSlope), float(holder.get("RescaleIntercept", 0))), None
    return None, None


def voi_of(dataset: Dataset, frame_number: int, *, prefer_window: bool) -> Window | Table | None:
    """RR-19: VOI LUT Sequence item 1, else window pair 1; with prefer_window the other way round."""
    holder = macro(dataset, frame_number, "FrameVOILUTSequence")
    lut, window = None, None
    if holder.get("VOILUTSequence"):
        lut = sequence_table(holder.VOILUTSequence[0], signed=voi_input_is_signed(dataset, frame_number))
    if "WindowCenter" in holder:
        center, width = (_first(holder[name].value) for name in ("WindowCenter", "WindowWidth"))
        window = Window(center, width, function_of(dataset, holder))
    return (window or lut) if prefer_window else (lut or window)


def function_of(dataset: Dataset, holder: Dataset) -> str:
    """RR-20: VOI LUT Function; for reals LINEAR means LINEAR_EXACT: its half and one are those of whole numbers."""
    function = str(holder.get("VOILUTFunction", "LINEAR"))
    return "LINEAR_EXACT" if function == "LINEAR" and is_real(dataset) else function


def voi_input_is_signed(dataset: Dataset, frame_number: int) -> bool:
    """RR-20: if the modality output can be negative (or Pixel Representation = 1 without modality transform)."""
    rescale, table = modality_of(dataset, frame_number)  # what is no part of display decides nothing
    return possible_range(dataset, rescale, table).lowest < 0


def possible_range(dataset: Dataset, rescale: tuple[float, float] | None, table: Table | None) -> Range:
    """RR-20a: the range after modality that Bits Stored, Pixel Representation and slope allow."""
    if table is not None:
        return Range(0, table.full_scale)  # RR-18: output 0 … 2^bits - 1
    lowest = -(2 ** (dataset.BitsStored - 1)) if dataset.PixelRepresentation == 1 else 0
    ends = [modality_value(end, rescale, None) for end in (lowest, lowest + 2**dataset.BitsStored - 1)]
    return Range(min(ends), max(ends))


def range_of(
    dataset: Dataset, rescale: tuple[float, float] | None, table: Table | None, kept: list[float]
) -> Window | Range:
    """RR-20a: no VOI at all."""
    if dataset.get("SegmentationType") == "FRACTIONAL":
        return Range(0, dataset.MaximumFractionalValue)
    if not is_real(dataset) and shows_possible_range(dataset):
        return possible_range(dataset, rescale, table)
    values = [modality_value(value, rescale, table) for value in kept]  # RR-17: padding has no say
    return Range(min(values), max(values)) if values else Range(0, 0)


def shows_possible_range(dataset: Dataset) -> bool:
    """RR-20a, decided by SOP Class."""
    if dataset.BitsStored == 1 or dataset.SOPClassUID in POSSIBLE:
        return True
    shape = bool(dataset.get("PresentationLUTShape"))
    is_unknown = not dataset.SOPClassUID.startswith(STORAGE)  # then Modality decides, and OT may be anything
    if dataset.SOPClassUID in POSSIBLE_IF_BYTES or (is_unknown and dataset.Modality == "OT"):
        return shape or dataset.BitsStored <= 8
    return dataset.SOPClassUID in POSSIBLE_BY_SHAPE and shape


def inverse_of(dataset: Dataset, *, shape_wins: bool) -> bool:
    """RR-21: MONOCHROME1 inverts once; Presentation LUT Shape restates that, and decides only if it is told to."""
    if shape_wins and dataset.get("PresentationLUTShape") in ("IDENTITY", "INVERSE"):
        return bool(dataset.PresentationLUTShape == "INVERSE")
    return bool(dataset.PhotometricInterpretation == "MONOCHROME1")


def _first(value: Any) -> float:  # noqa: ANN401 -- what pydicom gives: a number or numbers
    return float(value[0] if hasattr(value, "__getitem__") else value)
