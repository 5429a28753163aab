"""Golden cases of section 13.2: colour spaces, palettes, and that no grey step acts on colours (RR-4, RR-7 … RR-15)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from golden.case import Case
from golden.image import (
    COLUMNS,
    CT,
    ROWS,
    US,
    color_image,
    grey_image,
    palette_bytes,
    scene,
    table_item,
    with_attributes,
)
from golden.plain import Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

NAMES = ("Red", "Green", "Blue")


def color_cases() -> Iterator[Case]:
    """Yield the cases."""
    yield from _spaces()
    yield from _palettes()
    yield from _segmented_palettes()
    yield from _supplemental_palettes()
    yield from _what_does_not_act_on_colors()


def color_scene(white: int) -> NDArray[Any]:
    """Return three samples a pixel, 0 … white, shape (24, 32, 3): each rises in a direction of its own."""
    down, across = np.mgrid[0:ROWS, 0:COLUMNS].astype(object)
    first = scene(0, white)
    second = across * white // (COLUMNS - 1)
    third = (ROWS - 1 - down) * white // (ROWS - 1)
    return np.stack([first, second, third], axis=-1)


def _spaces() -> Iterator[Case]:
    for planar in (False, True):
        order = "planar" if planar else "interleaved"
        for bits in ((8, 8, 7), (16, 12, 11), (16, 16, 15)):
            for space in ("RGB", "YBR_FULL"):
                exact = space == "RGB" and bits[1] == 8
                yield Case(
                    f"rr_4_{space.lower()}_{bits[1]}_bits_{order}",
                    f"RR-4, RR-7: {space} of {bits[1]} bits, {order}",
                    partial(_space, space, bits, planar=planar),
                    tolerance=0 if exact else 1,
                )
    for space in ("YBR_FULL_422", "YBR_PARTIAL_422"):
        clause = f"RR-8, RR-9: {space}: two pixels share their chroma"
        yield Case(f"rr_8_{space.lower()}", clause, partial(_space, space, (8, 8, 7), planar=False), tolerance=1)


def _space(space: str, bits: tuple[int, int, int], *, planar: bool) -> Dataset:
    return color_image(color_scene(2 ** bits[1] - 1), space, bits=bits, planar=planar)


def palette(
    tables: Iterable[list[int]], *, first: int = 0, bits: int = 8, byte_packed: bool = False, said: int | None = None
) -> dict[str, Any]:
    """Return the attributes of a palette: descriptor and data of red, green and blue.

    Args:
        tables: entries of each.
        first: first value mapped; may be negative.
        bits: of an entry; of 8-bit ones only the low byte of a word is used unless they are packed.
        byte_packed: whether entries are packed as bytes.
        said: bits that the descriptor says, if it says something else.
    """
    attributes: dict[str, Any] = {}
    for name, entries in zip(NAMES, tables, strict=True):
        item = table_item(entries, first=first, bits=bits if said is None else said)
        attributes[f"{name}PaletteColorLookupTableDescriptor"] = item["LUTDescriptor"]
        data = palette_bytes(entries, byte_packed=byte_packed)
        attributes[f"{name}PaletteColorLookupTableData"] = data
    return attributes


def with_palette(dataset: Dataset, attributes: dict[str, Any]) -> Dataset:
    """Add the attributes of a palette, each descriptor with the VR that its numbers need."""
    for keyword, value in attributes.items():
        if isinstance(value, bytes):
            setattr(dataset, keyword, value)
        else:
            setattr(dataset, keyword, value.value)
            dataset[keyword].VR = value.VR
    return dataset


def ramps(count: int, white: int) -> list[list[int]]:
    """Return red rising, green falling, and blue in the middle, each with so many entries of 0 … white."""
    last = count - 1
    red = [entry * white // last for entry in range(count)]
    blue = [white - abs(2 * entry - last) * white // last for entry in range(count)]
    return [red, red[::-1], blue]


def _palettes() -> Iterator[Case]:
    clause = "RR-12: values below and above take the first and last colour; 16-bit entries give their upper byte"
    for name, signed, bits, arguments in (
        ("8_bits_in_words", False, (8, 8, 7), {"first": 20, "bits": 8}),
        ("8_bits_packed", False, (8, 8, 7), {"first": 20, "bits": 8, "byte_packed": True}),
        ("16_bits", False, (8, 8, 7), {"first": 20, "bits": 16}),
        ("said_16_are_8", False, (8, 8, 7), {"first": 20, "bits": 8, "said": 16}),
        ("said_16_packed_8", False, (8, 8, 7), {"first": 20, "bits": 8, "said": 16, "byte_packed": True}),
        ("signed", True, (16, 12, 11), {"first": -100, "bits": 16}),
        ("unsigned_above_32767", False, (16, 16, 15), {"first": 40000, "bits": 16}),
    ):
        yield Case(f"rr_12_palette_{name}", clause, partial(_palette_image, arguments, bits, signed=signed))
    yield Case(
        "rr_12_palette_of_65536_entries",
        "RR-12: a count of 0 is one of 65536",
        lambda: with_palette(
            grey_image(scene(0, 65535), US, "PALETTE COLOR", bits=(16, 16, 15)),
            palette(ramps(65536, 65535), bits=16),
        ),
    )


def _palette_image(arguments: dict[str, Any], bits: tuple[int, int, int], *, signed: bool) -> Dataset:
    count, first = 201, arguments["first"]
    values = scene(max(first - 20, 0) if not signed else first - 20, first + count + 20)
    dataset = grey_image(values, US, "PALETTE COLOR", bits=bits, signed=signed, garbage=0xF000)
    return with_palette(dataset, palette(ramps(count, 2 ** arguments["bits"] - 1), **arguments))


def _segmented_palettes() -> Iterator[Case]:
    clause = "RR-13: discrete, linear, and indirect segments that are copied from where the table has come to"
    for bits in (8, 16):
        yield Case(f"rr_13_segments_of_{bits}_bits", clause, partial(_segmented, bits))


def _segmented(bits: int) -> Dataset:
    """Return an image with 64 entries: 4 discrete, 20 up, 16 down, 24 copied (up and down from where it is)."""
    white = 2**bits - 1
    dataset = grey_image(scene(0, 63), US, "PALETTE COLOR", bits=(8, 8, 7))
    for place, name in enumerate(NAMES):
        top = white - place * white // 4
        segments = [0, 4, *(entry * white // (5 + place) for entry in range(4))]
        linear = len(segments)
        segments += [1, 20, top, 1, 16, white // 7]
        if bits == 8:
            segments += [2, 1, linear, 0, 0, 0, 1, 4, 0]
        else:
            segments += [2, 1, linear * 2, 0, 1, 4, 0]
        data = bytes(segments) + bytes(len(segments) % 2) if bits == 8 else palette_bytes(segments)
        setattr(dataset, f"{name}PaletteColorLookupTableDescriptor", [64, 0, bits])
        dataset[f"{name}PaletteColorLookupTableDescriptor"].VR = "US"
        setattr(dataset, f"Segmented{name}PaletteColorLookupTableData", data)
    return dataset


def _supplemental_palettes() -> Iterator[Case]:
    for signed in (False, True):

        def make(signed: bool = signed) -> Dataset:  # noqa: FBT001 -- bound here
            low = -1000 if signed else 0
            values = scene(low, low + 2000)
            values[:, 28:] = low - 24 if signed else 4095
            dataset = grey_image(values, CT, signed=signed, bits=(16, 13, 12))
            grey = {"WindowCenter": low + 700, "WindowWidth": 1400, "PixelPresentation": "COLOR"}
            padding = {"PixelPaddingValue": low - 24 if signed else 4095}
            return with_palette(
                with_attributes(dataset, grey | padding), palette(ramps(500, 65535), first=low + 1500, bits=16)
            )

        yield Case(
            f"rr_14_supplemental_palette_{'signed' if signed else 'unsigned'}",
            "RR-14, RR-17: values from the first mapped one on are colours, those below are windowed greys; padding, "
            "the bar at the right, is black wherever it lies",
            make,
        )


def _what_does_not_act_on_colors() -> Iterator[Case]:
    grey: dict[str, Any] = {
        "WindowCenter": 10,
        "WindowWidth": 20,
        "RescaleSlope": 2,
        "RescaleIntercept": 9,
        "PixelPaddingValue": 0,
        "PresentationLUTShape": "INVERSE",
    }
    clause = "RR-15: window, rescale, LUTs, padding and shape of a colour image have no effect, nor has the request's"
    lut: dict[str, Any] = {
        "VOILUTSequence": [table_item([9, 8], bits=8)],
        "ModalityLUTSequence": [table_item([9, 8], bits=8)],
    }
    for name, make in (
        ("rgb", lambda: color_image(color_scene(255), **grey, **lut)),
        (
            "palette",
            lambda: with_palette(
                grey_image(scene(0, 99), US, "PALETTE COLOR", bits=(8, 8, 7), **grey, **lut), palette(ramps(100, 255))
            ),
        ),
    ):
        yield Case(f"rr_15_grey_steps_{name}", clause, make, Request(window=(1, 1)))
