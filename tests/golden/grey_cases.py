"""Golden cases of section 13.3 up to the VOI: padding, Modality LUT, windows (RR-17 … RR-20)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from golden.case import Case, Variant, variants
from golden.image import CT, DX, ENHANCED_XA, PET, XA, grey_image, scene, table_item
from golden.plain import Choices, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydicom.dataset import Dataset

FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")

#: The padding value of the images of RR-17: below all data if it is signed, above it if it is not.
PADDING = {True: -2000, False: 4000}


def grey_cases() -> Iterator[Case]:
    """Yield the cases."""
    for cases in (_padding_cases, _rescale_cases, _modality_lut_cases, _x_ray_cases, _choice_cases, _function_cases):
        yield from cases()
    yield from _voi_lut_cases()


def twelve_bits(
    sop_class: str = CT, ends: tuple[int, int] | None = None, **attributes: object
) -> Callable[..., Dataset]:
    """Return what makes 12-bit images of a variant.

    Args:
        sop_class: its SOP Class UID.
        ends: lowest and highest value; None: all that 12 bits can store.
        attributes: by keyword; functions are called with the variant.
    """

    def make(variant: Variant) -> Dataset:
        low, high = ends or ((-2048, 2047) if variant.signed else (0, 4095))
        own: dict[str, Any] = {name: value(variant) if callable(value) else value for name, value in attributes.items()}
        values = scene(low, high)
        return grey_image(values, sop_class, variant.photometric, signed=variant.signed, garbage=0x5000, **own)

    return make


def _padded(value: int, limit: int | None, variant: Variant, **attributes: Any) -> Dataset:  # noqa: ANN401 -- passed on
    """Return an image with padding at the right, and a bar of a value three above it at the bottom."""
    padding = PADDING[variant.signed]
    values = scene(100, 900)
    values[:, 26:] = padding
    values[18:21, 2:12] = padding + 3
    attributes["PixelPaddingValue"] = padding + value
    if limit is not None:
        attributes["PixelPaddingRangeLimit"] = padding + limit
    return grey_image(values, CT, variant.photometric, bits=(16, 16, 15), signed=variant.signed, **attributes)


def _padding_cases() -> Iterator[Case]:
    for name, value, limit, clause in (
        ("value", 0, None, "the right side is padding, the bar at the bottom is not and so sets the range"),
        ("range", 0, 3, "both are padding, and black in both polarities; the rest has the whole range"),
        ("range_downwards", 3, 0, "the limit may be the lower end"),
    ):
        yield from variants(f"rr_17_padding_{name}", f"RR-17, RR-20a: {clause}", partial(_padded, value, limit))
    yield from variants(
        "rr_17_padding_before_rescale",
        "RR-17: padding is found among stored values, before rescale and window",
        partial(_padded, 0, 3, RescaleSlope=2, RescaleIntercept=-1000, WindowCenter=100, WindowWidth=1600),
    )


def _rescale_cases() -> Iterator[Case]:
    yield from variants(
        "rr_18_rescale",
        "RR-18, RR-20: the window counts in values after rescale",
        twelve_bits(RescaleSlope=1, RescaleIntercept=-1024, WindowCenter=40, WindowWidth=400),
    )
    yield from variants(
        "rr_18_negative_slope",
        "RR-18: a negative slope turns dark and bright round",
        twelve_bits(RescaleSlope=-0.5, RescaleIntercept=200, WindowCenter=-300, WindowWidth=1500),
    )
    yield from variants(
        "rr_18_negative_slope_possible_range",
        "RR-18, RR-20a: a negative slope turns the possible range round too",
        twelve_bits(DX, RescaleSlope=-3, RescaleIntercept=7),
    )
    yield from variants(
        "rr_18_tiny_slope",
        "RR-18, RR-20a: a slope of 5e-6 is neither clamped nor rounded",
        twelve_bits(PET, (0, 2000), RescaleSlope="0.000005", RescaleIntercept=0),
    )
    yield from variants(
        "rr_18_fractions",
        "RR-18, RR-20: fractions survive the rescale: steps of 0.05 fill a window of 1",
        twelve_bits(
            CT,
            (0, 24),
            RescaleSlope="0.05",
            RescaleIntercept="0.013",
            WindowCenter=0.5,
            WindowWidth=1,
            VOILUTFunction="LINEAR_EXACT",
        ),
    )


def _modality_lut_cases() -> Iterator[Case]:
    def lut(variant: Variant) -> list[Dataset]:
        curve = [entry * entry // 510 for entry in range(511)]
        return [table_item(curve, first=-300 if variant.signed else 1700, bits=9)]

    yield from variants(
        "rr_18_modality_lut",
        "RR-18: entries from the first value mapped on, clamped on both sides; windowed afterwards",
        twelve_bits(ModalityLUTSequence=lut, WindowCenter=200, WindowWidth=400),
    )
    yield from variants(
        "rr_18_modality_lut_possible_range",
        "RR-18, RR-20a: after a Modality LUT of 9 bits white is 511, whatever the entries are",
        twelve_bits(DX, ModalityLUTSequence=lut),
    )


def _x_ray_cases() -> Iterator[Case]:
    for sop_class in (XA, ENHANCED_XA):
        for relationship in ("LOG", "DISP", "LIN"):
            shown = "skipped" if relationship != "LIN" else "applied"
            yield from variants(
                f"rr_18_{'xa' if sop_class == XA else 'enhanced_xa'}_{relationship.lower()}",
                f"RR-18: the rescale of {relationship} data of X-ray angiography is {shown}",
                twelve_bits(
                    sop_class,
                    RescaleSlope=-1,
                    RescaleIntercept=3000,
                    PixelIntensityRelationship=relationship,
                    WindowCenter=1000,
                    WindowWidth=2000,
                ),
            )


def _choice_cases() -> Iterator[Case]:
    def both(variant: Variant) -> Dataset:
        stairs = [entry // 512 * 30 for entry in range(4096)]
        first = -2048 if variant.signed else 0
        luts = [table_item(stairs, first=first, bits=8), table_item([255], bits=8)]
        windows: dict[str, Any] = {"WindowCenter": [1000, 0], "WindowWidth": [1500, 10]}
        return twelve_bits(VOILUTSequence=luts, **windows)(variant)

    yield from variants("rr_19_voi_lut", "RR-19: the first VOI LUT comes before all windows", both)
    choices = Choices(prefer_window=True)
    yield from variants(
        "rr_19_prefer_window", "RR-19: the first window if the server prefers it", both, choices=choices
    )
    request = Request(window=(300, 3000))
    yield from variants("rr_19_request", "RR-19: the window of the request before both", both, request)


def _function_cases() -> Iterator[Case]:
    for function in FUNCTIONS:
        windowed = twelve_bits(WindowCenter=700.25, WindowWidth=1111.5, VOILUTFunction=function)
        yield from variants(f"rr_20_{function.lower()}", f"RR-20: {function}", windowed)
        clause = f"RR-20: a window of the request with {function}, the function of the image"
        yield from variants(f"rr_20_{function.lower()}_request", clause, windowed, Request(window=(400, 3500)))
    yield from variants(
        "rr_20_width_1", "RR-20: LINEAR of width 1 is a threshold", twelve_bits(WindowCenter=700, WindowWidth=1)
    )
    yield from variants(
        "rr_20_exact_width_below_1",
        "RR-20: LINEAR_EXACT and SIGMOID may be narrower than 1",
        twelve_bits(WindowCenter=700, WindowWidth=0.25, VOILUTFunction="LINEAR_EXACT"),
    )


def _voi_lut_cases() -> Iterator[Case]:
    def curve(first: int, count: int, bits: int, *, byte_packed: bool = False) -> list[Dataset]:
        full = 2**bits - 1
        entries = [full - entry * entry * full // (count - 1) ** 2 // 2 for entry in range(count)]
        return [table_item(entries, first=first, bits=bits, byte_packed=byte_packed)]

    yield from variants(
        "rr_20_voi_lut_12_bits",
        "RR-20: white is what 12 bits allow; the entries fall, and stop half way to black",
        twelve_bits(VOILUTSequence=lambda variant: curve(-1000 if variant.signed else 1000, 2000, 12)),
    )
    yield from variants(
        "rr_20_voi_lut_after_negative_rescale",
        "RR-20: the first value mapped is signed where the Modality LUT can give negative values",
        twelve_bits(
            RescaleSlope=1,
            RescaleIntercept=lambda variant: -100 if variant.signed else -2000,
            VOILUTSequence=curve(-1200, 2400, 16),
        ),
    )
    yield from variants(
        "rr_20_voi_lut_above_32767",
        "RR-20: the first value mapped is unsigned where the Modality LUT cannot give negative values",
        twelve_bits(
            RescaleSlope=8,
            RescaleIntercept=lambda variant: 40000 if variant.signed else 20000,
            VOILUTSequence=curve(33000, 9000, 10),
        ),
    )
    yield from variants(
        "rr_20_voi_lut_of_65536_entries",
        "RR-12, RR-20: a count of 0 is one of 65536",
        twelve_bits(
            RescaleSlope=15,
            RescaleIntercept=lambda variant: 30720 if variant.signed else 0,
            VOILUTSequence=curve(0, 65536, 16),
        ),
    )
    yield from variants(
        "rr_20_voi_lut_of_bytes",
        "RR-12, RR-20: as many bytes as entries are entries of 8 bits",
        twelve_bits(VOILUTSequence=lambda variant: curve(-500 if variant.signed else 1500, 1001, 8, byte_packed=True)),
    )
    yield from variants(
        "rr_20_voi_lut_of_fractions",
        "RR-20: what is no integer goes to the nearest entry, halves upwards",
        twelve_bits(
            CT,
            (0, 79),
            RescaleSlope=0.25,
            RescaleIntercept=-10.125,
            VOILUTSequence=[table_item([0, 90, 20, 110, 40, 130, 60, 150, 80, 170], first=-5, bits=8)],
        ),
    )
