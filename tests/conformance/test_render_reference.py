"""Pictures of the given files beside those that an independent renderer (DCMTK) makes of them."""

from __future__ import annotations

import csv
import subprocess
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from corpus_files import Opened, catalog, opened, sent
from dcmtk import dcmtk
from openwado.dicom.frames import object_source
from openwado.dicom.overlay_planes import read_plane_bits
from openwado.dicom.reader import NotAnObject
from openwado.dicom.transcode import plan_explicit_little_endian
from openwado.errors import WadoError
from openwado.render import samples
from openwado.render.modality_lut import Rescale
from openwado.render.pipeline import render
from openwado.render.presentation import resolve_presentation
from openwado.render.voi_lut import ActualRange, VoiRange, VoiWindow

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from openwado.render.presentation import Presentation

    Pixels = NDArray[Any]

pytestmark = pytest.mark.corpus

ALIKE = 0.999
"""Share of the pixels that has to be within one grey level."""

SMALLER = "section 9.2: heights are rounded to the nearest, the reference cuts"
SUPPLEMENTAL = "RR-14 (C.7.6.19): the reference ignores the supplemental palette"
YBR_FULL = "RR-7 (C.7.6.3.1.2): the reference converts with cut-off integers, two levels away at most"
HEADER_FIRST = "RR-11: RGB in a JPEG stream without markers, as the header says; the reference guesses YCbCr"
WORDS = "RR-2 (PS3.5 7.3): big-endian cells of 32 bits are swapped whole; the reference swaps halves"
TINY_SLOPE = "RR-18 (C.11.1): a slope below 1e-7 is a slope; the reference rounds its products to 0"
UNKNOWN_VR = "RR-18 (PS3.5 6.2.2): a rescale written with VR UN is one; the reference passes it over"
GROUPS = "RR-18 (C.7.6.16.2.9): the reference ignores the rescale of functional groups"

PROVED = frozenset({UNKNOWN_VR, GROUPS, SUPPLEMENTAL})
"""Judgements that are proved: the reference draws the same grey, where it misses the rescale once told of it."""

JUDGED = {
    "CR-ModalitySequenceLUT.dcm": SMALLER,
    "GH133.dcm": SMALLER,
    "eCT_Supplemental.dcm": SUPPLEMENTAL,
    "YBR_FULL-RLE.dcm": YBR_FULL,
    "Issue19.dcm": YBR_FULL,
    "SC_ybr_full_uncompressed.dcm": YBR_FULL,
    "SC_jpeg_no_color_transform.dcm": HEADER_FIRST,
    "rtdose_expb.dcm": WORDS,
    "rtdose_expb_1frame.dcm": WORDS,
    "GH610.dcm": TINY_SLOPE,
    "CTImage.dcm_JPEG2000": UNKNOWN_VR,
    "CTImage.dcm_JPEGLSLossy": UNKNOWN_VR,
    "CT0012.": SUPPLEMENTAL,
    "philips_enhanced/anatomical/001_implicit/IM1.dcm": GROUPS,
}
"""Parts of paths of files in which ours differs from the reference, and the clause that makes ours right."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference picture: the object, the picture, and how it was asked for."""

    source: str
    picture: str
    words: tuple[str, ...]

    def number(self, option: str, place: int = 1) -> float | None:
        """Return a number that follows an option of the command, None where the option is not there."""
        return float(self.words[self.words.index(option) + place]) if option in self.words else None


def references(corpus: Path) -> list[Reference]:
    """Return all reference pictures."""
    with (corpus / "reference" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["output"].endswith(".png") and row["exit_code"] == "0"]
    return [Reference(row["input"], row["output"], tuple(row["command"].split())) for row in rows]


def presentation_of(found: Opened, reference: Reference, number: int) -> Presentation:
    """Return what a reference shows: +Wm the actual range, +Wi a stored window, +Wl a LUT, +Ww a window of its own."""
    attributes = found.frame_attributes(number)
    center, width = reference.number("+Ww"), reference.number("+Ww", 2)
    window, table = reference.number("+Wi"), reference.number("+Wl")
    if window is not None:
        attributes = msgspec.structs.replace(attributes, windows=(attributes.windows[int(window) - 1],), voi_luts=())
    if table is not None:
        attributes = msgspec.structs.replace(attributes, windows=(), voi_luts=(attributes.voi_luts[int(table) - 1],))
    columns = reference.number("+Sxv")
    presentation = resolve_presentation(
        found.picture,
        attributes,
        window=None if center is None or width is None else (center, width),
        region=None,
        rows=None,
        columns=None if columns is None else int(columns),
    )
    return replace(presentation, voi_lut=ActualRange()) if "+Wm" in reference.words else presentation


def drawn(found: Opened, presentation: Presentation, number: int) -> Pixels:
    """Draw a frame as the server does."""
    source = object_source(found.source, found.instance)
    frame = found.frame(number)
    planes = read_plane_bits(source, presentation.overlay_planes, frame, found.picture.image_pixel, number)
    return render(frame, presentation, planes).pixels


def picture_in(path: Path, like: Pixels) -> NDArray[np.int64]:
    """Return the pixels of a reference picture, grey or RGB as ours are."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L" if like.ndim == 2 else "RGB")).astype(np.int64)


def share_alike(ours: Pixels, theirs: NDArray[np.int64]) -> float:
    """Return the share of values that are within one level of each other; 0 for pictures of two sizes."""
    if ours.shape != theirs.shape:
        return 0.0
    return float(np.mean(np.abs(ours - theirs) <= 1))


def is_grey(found: Opened, number: int) -> NDArray[np.bool_]:
    """Return where a frame's stored values are below those that a supplemental palette colours."""
    frame = found.frame(number)
    values = samples.read(frame.cells, samples.format_of(frame))
    palette = found.picture.palette
    return np.ones(values.shape, np.bool_) if palette is None else values < palette.red.first_mapped


def judgement(path: str) -> str:
    """Return why ours may differ in a file; WRONG if nothing says so."""
    return next((clause for part, clause in JUDGED.items() if part in path), "WRONG")


def test_every_reference_picture_is_ours_or_judged(corpus: Path) -> None:
    """Section 13: at the same window 99.9 % of the pixels are the reference's within one, or a clause says why."""
    counts: Counter[str] = Counter()
    wrong = []
    for reference in references(corpus):
        found = opened((corpus / reference.source).read_bytes())
        number = int(reference.number("+F") or 1)
        pixels = drawn(found, presentation_of(found, reference, number), number)
        share = share_alike(pixels, picture_in(corpus / reference.picture, pixels))
        outcome = "alike" if share >= ALIKE else judgement(reference.source)
        counts[outcome] += 1
        wrong += [(share, reference)] if outcome == "WRONG" else []
    print()
    for outcome, count in counts.most_common():
        print(f"{count:4} {outcome}")
    assert not wrong
    assert counts["alike"] >= 34
    assert counts.total() == 39


def test_rr_14_the_grey_part_of_a_supplemental_palette_is_the_references(corpus: Path) -> None:
    """RR-14: where no colour is laid over it, the picture is the reference's grey one."""
    (reference,) = (one for one in references(corpus) if "eCT_Supplemental" in one.source and "+Ww" in one.words)
    found = opened((corpus / reference.source).read_bytes())
    number = int(reference.number("+F") or 1)
    pixels = drawn(found, presentation_of(found, reference, number), number)
    theirs = picture_in(corpus / reference.picture, pixels)
    grey = is_grey(found, number)
    assert 0.2 < grey.mean() < 1
    assert share_alike(pixels[grey], theirs[grey]) >= ALIKE


# ---------------------------------------------------------------------- DCMTK itself, over everything


def as_native(found: Opened, to: Path) -> None:
    """Write an object in Explicit VR Little Endian, so that a renderer without its codec can read it."""
    frames = range(1, found.picture.image_pixel.number_of_frames + 1)
    entries = tuple(found.entry(number) for number in frames)
    parts = plan_explicit_little_endian(found.source, found.instance, entries)
    to.write_bytes(sent(found, parts))


def default_in_words(found: Opened, presentation: Presentation) -> list[str]:
    """Return DCMTK's words for our default picture."""
    image_pixel = found.picture.image_pixel
    if not image_pixel.photometric_interpretation.startswith("MONOCHROME"):
        return ["+cgl"]
    if image_pixel.bits_stored == 1:
        return ["+Ww", "0.5", "1"]
    if isinstance(presentation.voi_lut, VoiWindow):
        return window_in_words(presentation.voi_lut)
    if isinstance(presentation.voi_lut, VoiRange):
        lowest, highest = presentation.voi_lut.lowest, presentation.voi_lut.highest
        return window_in_words(VoiWindow((lowest + highest) / 2, highest - lowest, "LINEAR_EXACT"))
    if presentation.voi_lut is None:
        return []
    return ["+Wm"] if isinstance(presentation.voi_lut, ActualRange) else ["+Wl", "1"]


def window_in_words(window: VoiWindow, rescale: Rescale | None = None) -> list[str]:
    """Return DCMTK's words for a window: it has no LINEAR_EXACT, but LINEAR with a half and a one more.

    Args:
        window: in values after the rescale.
        rescale: one that DCMTK does not know of, and that the window is freed of.
    """
    exact = window.function != "LINEAR"
    center, width = (window.center, window.width) if exact else (window.center - 0.5, window.width - 1)
    if rescale is not None:
        center, width = (center - rescale.intercept) / rescale.slope, width / rescale.slope
    if window.function == "SIGMOID":
        return ["+Wfs", "+Ww", str(center), str(width)]
    return ["+Ww", str(center + 0.5), str(width + 1)]


def by_dcmtk(found: Opened, original: Path, options: list[str], number: int, folder: Path) -> Path | None:
    """Draw a frame with DCMTK: from the file, or where it lacks the codec from our native copy; None if it cannot."""
    output = folder / "reference.png"
    for source in (original, folder / "native.dcm"):
        if source != original:
            as_native(found, source)
        command = [dcmtk("dcmj2pnm"), "+on", *options, "+F", str(number), str(source), str(output)]
        output.unlink(missing_ok=True)
        subprocess.run(command, capture_output=True, check=False)
        if output.exists() and output.stat().st_size:
            return output
    return None


def test_every_picture_of_the_corpus_is_dcmtks_or_judged(corpus: Path, tmp_path: Path) -> None:
    """Sections 13.1-13.3: the same for the default picture of every given image that DCMTK can draw at all."""
    counts: Counter[str] = Counter()
    wrong = []
    for path in catalog(corpus):
        try:
            found = opened((corpus / path).read_bytes())
        except (NotAnObject, ValueError):  # ValueError: no data set at all, says pydicom
            continue
        if found.instance.picture is None:
            continue
        number = (found.picture.image_pixel.number_of_frames + 1) // 2
        attributes = found.frame_attributes(number)
        presentation = resolve_presentation(
            found.picture, attributes, window=None, region=None, rows=None, columns=None
        )
        options = default_in_words(found, presentation)
        presentation = replace(presentation, padding=None)  # DCMTK knows none: RR-17 is held elsewhere
        try:
            pixels = drawn(found, presentation, number)
            picture = by_dcmtk(found, corpus / path, options, number, tmp_path)
        except WadoError as error:
            counts[f"refused: {error.public}"] += 1
            continue
        if picture is None:
            counts["DCMTK draws none"] += 1
            continue
        share = share_alike(pixels, picture_in(picture, pixels))
        outcome = "alike" if share >= ALIKE else judgement(path)
        if outcome in PROVED:
            if outcome != SUPPLEMENTAL:
                assert isinstance(presentation.voi_lut, VoiWindow)
                assert isinstance(presentation.modality_lut, Rescale)
                options = window_in_words(presentation.voi_lut, presentation.modality_lut)
                picture = by_dcmtk(found, corpus / path, options, number, tmp_path)
                assert picture is not None
            grey = is_grey(found, number)
            assert grey.mean() > 0.2
            assert share_alike(pixels[grey], picture_in(picture, pixels)[grey]) >= ALIKE, path
        counts[outcome] += 1
        wrong += [(share, path, options)] if outcome == "WRONG" else []
    print()
    for outcome, count in counts.most_common():
        print(f"{count:4} {outcome}")
    assert not wrong, "\n".join(map(str, wrong))
    assert counts["alike"] >= 360
