"""Random colour images and palettes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from golden.color_cases import NAMES, palette, with_palette
from golden.image import US, VL_PHOTOGRAPHY, image_head, palette_bytes
from golden.plain_tables import expanded
from golden.strategies import layouts, pixel_bytes

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SPACES = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422")


@st.composite
def color_images(draw: st.DrawFn) -> Dataset:
    """Draw an image of three samples a pixel with any bits in its cells."""
    space = draw(st.sampled_from(SPACES))
    halved = space.endswith("_422")
    bits = (8, 8, 7) if halved else draw(layouts(most=16).filter(lambda drawn: drawn[0] > 1))
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4)) * (2 if halved else 1)
    dataset = image_head(VL_PHOTOGRAPHY, space, (rows, columns), bits)
    dataset.SamplesPerPixel, dataset.PlanarConfiguration = 3, 0 if halved else draw(st.integers(0, 1))
    length = rows * columns * (2 if halved else 3) * bits[0] // 8
    dataset.PixelData = draw(pixel_bytes(length))
    dataset["PixelData"].VR = "OB" if bits[0] == 8 else "OW"
    return dataset


@st.composite
def indexed_images(draw: st.DrawFn, photometric_interpretation: str = "PALETTE COLOR") -> Dataset:
    """Draw an image of 8 or 16 bits with any bits in its cells, its palette still missing."""
    bits = draw(layouts(most=16).filter(lambda drawn: drawn[0] > 1))
    shape = (draw(st.integers(1, 4)), draw(st.integers(1, 6)))
    dataset = image_head(US, photometric_interpretation, shape, bits, signed=draw(st.booleans()))
    length = shape[0] * shape[1] * bits[0] // 8
    dataset.PixelData = draw(pixel_bytes(length))
    dataset["PixelData"].VR = "OB" if bits[0] == 8 else "OW"
    return dataset


@st.composite
def firsts(draw: st.DrawFn, dataset: Dataset) -> int:
    """Draw a first value mapped among the values that can be stored."""
    low = -(2 ** (dataset.BitsStored - 1)) if dataset.PixelRepresentation == 1 else 0
    return draw(st.integers(low, low + 2**dataset.BitsStored - 1))


@st.composite
def with_any_palette(draw: st.DrawFn, dataset: Dataset) -> Dataset:
    """Add a palette of words or packed bytes, of 8 or more bits, which may say 16 and hold 8."""
    bits = draw(st.sampled_from([8, 8, 16, 16, 12]))
    count = draw(st.integers(2, 24))
    entries = st.lists(st.integers(0, 2**bits - 1), min_size=count, max_size=count)
    arguments: dict[str, Any] = {"first": draw(firsts(dataset)), "bits": bits}
    if bits == 8:
        arguments |= {"said": draw(st.sampled_from([8, 16])), "byte_packed": draw(st.booleans())}
    return with_palette(dataset, palette([draw(entries) for _ in NAMES], **arguments))


@st.composite
def segments(draw: st.DrawFn, bits: int) -> list[int]:
    """Draw segmented data: a discrete segment, then any; an indirect one copies neighbours that are all direct."""
    values = st.lists(st.integers(0, 2**bits - 1), min_size=1, max_size=5)
    first = draw(values)
    words = [0, len(first), *first]
    runs = [[0]]  # where the direct segments are, parted by indirect ones
    for kind in draw(st.lists(st.sampled_from(["discrete", "linear", "indirect"]), max_size=6)):
        if kind == "indirect":
            run = draw(st.sampled_from([run for run in runs if run]))
            start = draw(st.integers(0, len(run) - 1))
            words += [2, draw(st.integers(1, len(run) - start)), *_offset(run[start], bits)]
            runs.append([])
            continue
        entries = draw(values)
        runs[-1].append(len(words))
        words += [1, draw(st.integers(1, 9)), entries[0]] if kind == "linear" else [0, len(entries), *entries]
    return words


def _offset(place: int, bits: int) -> list[int]:
    """Return the byte offset of a word: two 16-bit words, low word first; as four bytes where words are bytes."""
    return [place & 255, place >> 8, 0, 0] if bits == 8 else [2 * place, 0]


@st.composite
def with_segmented_palette(draw: st.DrawFn, dataset: Dataset) -> Dataset:
    """Add a palette of segments; red, green and blue share their structure and differ in first entries."""
    bits = draw(st.sampled_from([8, 16]))
    words = draw(segments(bits))
    first = draw(firsts(dataset))
    for number, name in enumerate(NAMES):
        own = [*words[:2], (words[2] + 37 * number) % 2**bits, *words[3:]]
        descriptor = f"{name}PaletteColorLookupTableDescriptor"
        setattr(dataset, descriptor, [len(expanded(own, bits)), first, bits])
        dataset[descriptor].VR = "SS" if first < 0 else "US"
        data = bytes(own) + bytes(len(own) % 2) if bits == 8 else palette_bytes(own)
        setattr(dataset, f"Segmented{name}PaletteColorLookupTableData", data)
    return dataset
