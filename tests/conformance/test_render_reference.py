"""Pictures of the given files beside those that an independent renderer made of them."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from openwado.dicom.codecs import decode_frame
from openwado.dicom.frames import native_entry, object_source
from openwado.dicom.instance import Stamp
from openwado.dicom.record import read_record
from openwado.dicom.source import BytesSource
from openwado.render.pipeline import render
from openwado.render.presentation import resolve_presentation
from openwado.render.voi_lut import ActualRange

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

pytestmark = pytest.mark.corpus

NATIVE = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"}

DIFFERENT = {
    "overlay.dcm": "the reference draws the overlay planes into the picture",
    "eCT_Supplemental.dcm": "the reference ignores the supplemental palette and the windows of functional groups",
}
"""Files whose reference is known to show something else."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference picture: the object, the picture, and how it was asked for."""

    source: str
    picture: str
    words: tuple[str, ...]

    def number(self, option: str, place: int = 1) -> float | None:
        """Return a number that follows an option of the command, None where the option is not there."""
        return float(self.words[self.words.index(option) + place]) if option in self.words else None


def native_grey_references(corpus: Path) -> list[Reference]:
    """Return the references of native grey images at their own size."""
    with (corpus / "catalog.csv").open(encoding="utf-8", newline="") as file:
        catalog = {row["path"]: row for row in csv.DictReader(file)}
    found = []
    with (corpus / "reference" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            entry = catalog[row["input"]]
            wanted = row["output"].endswith(".png") and row["exit_code"] == "0" and "+Sxv" not in row["command"]
            grey = entry["photometric"].startswith("MONOCHROME") and entry["transfer_syntax_uid"] in NATIVE
            if wanted and grey and row["input"].rsplit("/", 1)[1] not in DIFFERENT:
                found.append(Reference(row["input"], row["output"], tuple(row["command"].split())))
    return found


def drawn(corpus: Path, reference: Reference) -> NDArray[Any]:
    """Draw what a reference shows: +Wm the actual range, +Wi a stored window, +Ww a window of the request."""
    source = BytesSource((corpus / reference.source).read_bytes())
    reading = read_record(source, reference.source, Stamp(source.size, 0, 0, 0))
    instance = reading.instance
    assert instance.picture is not None
    number = int(reference.number("+F") or 1)
    entry = reading.frames[number - 1] if reading.frames else native_entry(instance, number)
    grey = reading.greys[entry.grey - 1] if entry.grey else instance.picture.grey
    center, width = reference.number("+Ww"), reference.number("+Ww", 2)
    stored = reference.number("+Wi")
    if stored is not None:
        grey = msgspec.structs.replace(grey, windows=(grey.windows[int(stored) - 1],), voi_luts=())
    window = None if center is None or width is None else (center, width)
    presentation = resolve_presentation(instance.picture, grey, window=window, region=None, rows=None, columns=None)
    if "+Wm" in reference.words:
        presentation = replace(presentation, voi_lut=ActualRange())
    return render(decode_frame(object_source(source, instance), instance, entry), presentation).pixels


def test_native_grey_pictures_are_those_of_an_independent_renderer(corpus: Path) -> None:
    """Sections 13.1, 13.3: at the same window at least 99.9 % of the pixels are within one of the reference's."""
    references = native_grey_references(corpus)
    assert len(references) >= 20
    for reference in references:
        with Image.open(corpus / reference.picture) as picture:
            expected = np.asarray(picture.convert("L")).astype(int)
        pixels = drawn(corpus, reference)
        assert pixels.shape == expected.shape, reference
        assert np.mean(np.abs(pixels - expected) <= 1) >= 0.999, reference
