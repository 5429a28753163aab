"""Golden cases of what lies over an image: overlay planes and display shutters (RR-23 … RR-25), region and scale."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from golden.case import Case, Variant, variants
from golden.color_cases import color_scene
from golden.grey_cases import twelve_bits
from golden.image import COLUMNS, CT, DX, NM, ROWS, SEGMENTATION, color_image, grey_image, scene
from golden.overlay import circular, polygonal, rectangular, shutter, with_embedded_overlay, with_overlay
from golden.plain import Choices, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

RECTANGLE, CIRCLE = rectangular(6, 27, 4, 20), circular(12, 17, 10)
POLYGON = polygonal((3, 16), (12, 30), (20, 24), (15, 15), (22, 4), (8, 6))

SHAPES: dict[str, tuple[dict[str, Any], ...]] = {
    "rectangular": (RECTANGLE,),
    "circular": (CIRCLE,),
    "polygonal": (POLYGON,),
    "combined": (RECTANGLE, CIRCLE, POLYGON),
    "beyond_the_image": (rectangular(-3, 20, 9, 99), circular(30, 20, 25)),
}


def cover_cases() -> Iterator[Case]:
    """Yield the cases."""
    yield from _overlays()
    yield from _frames_of_overlays()
    yield from _embedded()
    yield from _shutters()
    yield from _regions()


def letter(rows: int = 9, columns: int = 7) -> NDArray[Any]:
    """Return the letter F, which no flip or turn leaves as it is: any size, odd ones too."""
    bits = np.zeros((rows, columns), np.uint8)
    bits[:, 0] = bits[0, :] = 1
    bits[rows // 2, : columns - 2] = 1
    return bits


def _windowed(variant: Variant | None = None, **attributes: object) -> Dataset:
    """Return an image in middle greys, so that black and white covers show."""
    chosen = variant or Variant(signed=False, photometric="MONOCHROME2")
    return twelve_bits(CT, (0, 1000), WindowCenter=500, WindowWidth=2500, **attributes)(chosen)


def _overlays() -> Iterator[Case]:
    yield from variants(
        "rr_23_overlay",
        "RR-23: a plane of odd size from row 5, column 4 on, white in both polarities",
        lambda variant: with_overlay(_windowed(variant), letter(), origin=(5, 4)),
    )
    for name, size, origin in (
        ("above_and_left", (9, 7), (-2, -1)),
        ("below_and_right", (9, 7), (19, 28)),
        ("outside", (9, 7), (40, 40)),
        ("larger", (33, 41), (-4, -4)),
        ("of_the_size", (ROWS, COLUMNS), (1, 1)),
    ):
        clause = "RR-23: an overlay need not have the size of the image nor lie on it: it is cut off"
        make = partial(_overlaid, size, origin)
        yield Case(f"rr_23_overlay_{name}", clause, make, sheet="rr_23_overlay_places")
    yield Case("rr_23_sixteen_groups", "RR-23: groups 6000 … 601E; every third is type R, not drawn", _sixteen_groups)
    yield Case(
        "rr_23_overlay_on_colors",
        "RR-23: white on a colour image",
        lambda: with_overlay(color_image(color_scene(255)), letter(), origin=(5, 4)),
    )
    make = partial(_overlaid, (9, 7), (5, 4))
    clause = "RR-23: overlays are not drawn if the server says so"
    yield Case("rr_23_no_overlays", clause, make, choices=Choices(draw_overlays=False))
    clause = "RR-23, RR-27: white is 65535"
    yield Case("rr_23_overlay_16_bits", clause, make, Request(bit_depth=16))


def _overlaid(size: tuple[int, int], origin: tuple[int, int]) -> Dataset:
    return with_overlay(_windowed(), letter(*size), origin=origin)


def _sixteen_groups() -> Dataset:
    dataset = _windowed()
    for number in range(16):
        origin = (2 + number // 4 * 5, 2 + number % 4 * 8)
        kind = "R" if number % 3 == 2 else "G"
        with_overlay(dataset, letter(4, 3 + number % 4), group=0x6000 + 2 * number, origin=origin, kind=kind)
    return dataset


def _frames_of_overlays() -> Iterator[Case]:
    """Three frames; planes of 11 x 5 bits, which do not end at bytes."""

    def make(*, count: int, frames: bool | None, frame_origin: int | None) -> Dataset:
        planes = np.stack([np.roll(letter(11, 5), number, axis=0) for number in range(count)])
        dataset = grey_image([scene(0, 1000), scene(300, 700), scene(1000, 0)], NM, WindowCenter=500, WindowWidth=2500)
        bits = planes if frames else planes[0]
        return with_overlay(dataset, bits, origin=(6, 8), frames=frames, frame_origin=frame_origin)

    for name, arguments, clause in (
        ("from_2", {"count": 2, "frames": True, "frame_origin": 2}, "two planes for frames 2 and 3"),
        ("from_1", {"count": 2, "frames": True, "frame_origin": None}, "two planes for frames 1 and 2"),
        ("only_2", {"count": 1, "frames": False, "frame_origin": 2}, "one plane for frame 2"),
        ("all", {"count": 1, "frames": False, "frame_origin": None}, "one plane for all frames"),
    ):
        for number in (1, 2, 3):
            yield Case(
                f"rr_23_frames_{name}_frame_{number}",
                f"RR-23: {clause}; bits go on across rows and frames",
                partial(make, **arguments),
                Request(frame_number=number),
                sheet=f"rr_23_frames_{name}",
            )


def _embedded() -> Iterator[Case]:
    def make(position: int, variant: Variant, *, bits: tuple[int, int, int] = (16, 12, 11)) -> Dataset:
        garbage = np.zeros((ROWS, COLUMNS), object)
        garbage[5:14, 4:11] = letter().astype(object) * (1 << position)
        garbage = garbage + (1 << 15 if position != 15 else 0)
        low, high = (-300, 700) if variant.signed else (0, 1000)
        dataset = grey_image(
            scene(low, high),
            CT,
            variant.photometric,
            bits=bits,
            signed=variant.signed,
            garbage=garbage,
            WindowCenter=500,
            WindowWidth=2500,
        )
        return with_embedded_overlay(dataset, position)

    clause = "RR-24: a plane in an unused bit of the cells, taken before they are masked"
    yield from variants("rr_24_embedded_bit_12", clause, partial(make, 12))
    yield from variants("rr_24_embedded_bit_15", clause, partial(make, 15))
    clause = "RR-24: a plane below the stored bits"
    yield from variants("rr_24_embedded_below", clause, partial(make, 2, bits=(16, 12, 15)))
    yield Case(
        "rr_24_copies_of_the_sign",
        "RR-1, RR-24: where the bit of a plane is a copy of the sign in every cell there is no plane",
        lambda: with_embedded_overlay(
            grey_image(
                scene(-500, 500),
                CT,
                signed=True,
                garbage=np.where(scene(-500, 500) < 0, 0xF000, 0),
                WindowCenter=0,
                WindowWidth=2000,
            ),
            15,
        ),
    )
    clause = "RR-24: a bit inside of the stored ones is no plane"
    yield from variants("rr_24_inside_is_ignored", clause, partial(make, 11))


def _shutters() -> Iterator[Case]:
    for name, shapes in SHAPES.items():
        clause = f"RR-25: {name.replace('_', ' ')}; P-Value 0x4000 in both polarities; edges are visible"
        make = partial(_windowed, **shutter(*shapes, ShutterPresentationValue=0x4000))
        yield from variants(f"rr_25_{name}", clause, make)
    clause = "RR-25, RR-22: the radius counts pixels along rows, so pixels twice as high make a circle half as high"
    for name, spacing in (("high", [1.0, 0.5]), ("wide", [0.5, 0.75])):
        make = partial(_windowed, PixelSpacing=spacing, **shutter(CIRCLE))
        yield Case(f"rr_25_circular_{name}_pixels", clause, make, sheet="rr_25_circular_aspect")
    yield Case(
        "rr_25_no_value",
        "RR-25: without a value what is covered is black",
        partial(_windowed, **shutter(RECTANGLE)),
    )
    red = {"ShutterPresentationColorCIELabValue": [0x8000, 0xC000, 0xB000]}
    yield Case(
        "rr_25_color",
        "RR-25, RR-37: on a colour image the CIELab value covers, not the P-Value",
        partial(color_image, color_scene(255), **shutter(CIRCLE, ShutterPresentationValue=0xFFFF, **red)),
        tolerance=1,
    )
    yield Case(
        "rr_25_color_without_lab",
        "RR-25: on a colour image without CIELab value what is covered is black",
        partial(color_image, color_scene(255), **shutter(CIRCLE, ShutterPresentationValue=0xFFFF)),
    )
    make = partial(_windowed, **shutter(RECTANGLE, ShutterPresentationValue=0xFFFF))
    clause = "RR-25: shutters are not applied if the server says so"
    yield Case("rr_25_no_shutters", clause, make, choices=Choices(apply_display_shutters=False))
    clause = "RR-25, RR-27: the P-Value in full"
    make = partial(_windowed, **shutter(RECTANGLE, ShutterPresentationValue=0x1234))
    yield Case("rr_25_16_bits", clause, make, Request(bit_depth=16))
    clause = "RR-25, RR-36: an overlay lies over the shutter"
    round_one = partial(_windowed, **shutter(CIRCLE, ShutterPresentationValue=0x3000))
    yield Case("rr_25_under_an_overlay", clause, lambda: with_overlay(round_one(), letter(20, 28), origin=(2, 2)))


def _regions() -> Iterator[Case]:
    """Overlay, shutter and image cut together; by halves, with covers at the middle of blocks."""

    def covered(*, doubled: bool = False) -> Dataset:
        values = scene(0, 1000)
        if doubled:
            values = np.repeat(np.repeat(values, 2, axis=0), 2, axis=1)
        attributes = shutter(rectangular(7, 51, 4, 43) if doubled else RECTANGLE, ShutterPresentationValue=0x6000)
        dataset = grey_image(values, DX, WindowCenter=500, WindowWidth=2500, **attributes)
        return with_overlay(dataset, letter(21, 17), origin=(5, 10))

    for name, region in (
        ("quarter", ("0", "0", "0.5", "0.5")),
        ("inside", ("0.2", "0.15", "0.8", "0.7")),
        ("half_of_a_pixel", ("0.015625", "0.0625", "0.984375", "0.9375")),
        ("one_pixel", ("0.4", "0.4", "0.401", "0.401")),
    ):
        clause = "Section 9.3: the region is cut after overlay and shutter"
        yield Case(f"region_{name}", clause, covered, Request(region=region))
    halved = partial(covered, doubled=True)
    clause = "RR-23, RR-25: where a cover fills half of a pixel it has half a share"
    yield Case("half_size", clause, halved, Request(columns=32), tolerance=1)
    request = Request(rows=12, columns=99, region=("0.25", "0.25", "0.75", "0.75"))
    yield Case("half_size_of_a_region", clause, halved, request, tolerance=1)
    yield Case(
        "rr_22_pixels_twice_as_wide",
        "RR-22: columns count square pixels: as many columns as stored make half as many rows",
        lambda: grey_image(np.repeat(scene(0, 1), 2, axis=0), SEGMENTATION, bits=(8, 1, 0), PixelSpacing=[0.5, 1.0]),
        Request(columns=COLUMNS),
    )
