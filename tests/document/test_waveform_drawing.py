"""Waveforms are drawn to scale, whole or with a sentence, and legible; the drawing is an extension of the service."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import cv2
import numpy as np
import pypdf
import pytest

from made_waveforms import (
    AMBULATORY,
    AUDIO,
    EEG,
    ELECTROPHYSIOLOGY,
    GENERAL_ECG,
    HEMODYNAMIC,
    RESPIRATION,
    SCP_LEADS,
    TWELVE_LEAD,
    annotation,
    channel,
    group,
    heartbeats,
    lead,
    measurement,
    waveform_attributes,
)
from openwado.dicom.waveform import read_waveform
from openwado.document.labels import LABELS
from openwado.document.model import Figure, Section, Table
from openwado.document.waveform import waveform_document, waveform_pdf, waveform_png, waveform_svg
from openwado.document.waveform_drawing import Ink, Strokes, Text, fitted, text_width, wrapped
from openwado.document.waveform_layout import drawing_of
from openwado.errors import WadoError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from openwado.dicom.attributes import Attributes
    from openwado.document.waveform_drawing import Drawing

_SVG = "{http://www.w3.org/2000/svg}"


def _twelve(seconds: float = 10, frequency: int = 500, **attributes: Any) -> Attributes:  # noqa: ANN401 -- of any VR
    values = np.rint(heartbeats(seconds, frequency) * 1000)
    stored = np.column_stack([values * (1 + number / 20) for number in range(12)])
    return waveform_attributes(
        [group(stored, [lead(name) for name in SCP_LEADS], frequency)], TWELVE_LEAD, **attributes
    )


def _root(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 -- as above


def _square(frequency: int = 500) -> NDArray[np.float64]:
    """Return 10 s that are 0 mV but for 1 mV from 2 s to 3 s, in steps of 1 µV."""
    values = np.zeros((10 * frequency, 1))
    values[2 * frequency : 3 * frequency] = 1000
    return values


def _drawn(attributes: Attributes, **pages: int) -> Drawing:
    return drawing_of(read_waveform(attributes), attributes, "en", **pages)


def _texts(drawing: Drawing) -> list[Text]:
    return [mark for page in drawing.pages for mark in page.marks if isinstance(mark, Text)]


def _words(attributes: Attributes) -> list[str]:
    return [text.words for text in _texts(_drawn(attributes))]


def _traces(svg: str) -> list[NDArray[np.float64]]:
    """Return the lines of an SVG that are traces, each of shape (points, 2), in its units."""
    paths = [
        path.get("d", "") for path in _root(svg).iter(f"{_SVG}path") if path.get("stroke") == Ink.TRACE.hexadecimal
    ]
    lines = [line for path in paths for line in path.split("M") if line]
    return [np.array([[float(one) for one in point.split(",")] for point in line.split()]) for line in lines]


def _units(svg: str) -> tuple[float, float]:
    """Return how many units of an SVG are a millimetre, across and down."""
    root = _root(svg)
    _, _, width, height = map(float, root.get("viewBox", "").split())
    return width / float(root.get("width", "").removesuffix("mm")), height / float(
        root.get("height", "").removesuffix("mm")
    )


def test_a_millivolt_is_10_mm_and_a_second_25_mm_in_svg() -> None:
    """A pulse of 1 mV and 1 s, in the coordinates of the drawing; the calibration pulse is as high."""
    svg = waveform_svg(waveform_attributes([group(_square(), [channel("II")])], GENERAL_ECG), "en")
    assert _units(svg) == (1.0, 1.0)
    pulse, trace = sorted(_traces(svg), key=len)[-2:]
    top, bottom = trace[:, 1].min(), trace[:, 1].max()
    assert bottom - top == pytest.approx(10, abs=0.011)
    assert np.ptp(pulse[:, 1]) == pytest.approx(10, abs=0.011)
    assert pulse[:, 1].max() == pytest.approx(bottom, abs=0.011)
    high = trace[trace[:, 1] == top][:, 0]
    assert np.ptp(high) == pytest.approx(25, abs=0.13)
    assert np.ptp(trace[:, 0]) == pytest.approx(250, abs=0.13)
    assert trace[0, 0] + 50 == pytest.approx(high.min(), abs=0.13)


def test_a_millivolt_is_80_pixels_and_a_second_200_in_png() -> None:
    """The same pulse in the picture, 8 pixels to a millimetre."""
    attributes = waveform_attributes([group(_square(), [channel("II")])], GENERAL_ECG)
    pixels = cv2.imdecode(np.frombuffer(waveform_png(attributes, "en"), np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    assert pixels.shape == (1680, 2376, 3)
    is_trace = (pixels.max(2) < 60)[344:590, 260:2240]  # on the paper, right of the calibration pulse
    rows = np.flatnonzero(is_trace.sum(1) > 150)
    assert rows.max() - rows.min() == pytest.approx(80, abs=2)
    high = np.flatnonzero(is_trace[rows.min()])
    assert high.max() - high.min() == pytest.approx(200, abs=3)


def test_millimetre_paper_is_under_an_electrocardiogram() -> None:
    """Fine lines each millimetre, strong ones each fifth; lines of no voltage and leads start on strong ones."""
    page = _drawn(_twelve()).pages[0]
    fine, strong = (
        next(mark for mark in page.marks if isinstance(mark, Strokes) and mark.ink is ink)
        for ink in (Ink.FINE_GRID, Ink.GRID)
    )
    across = sorted(float(line[0, 0]) for line in strong.lines if line[0, 0] == line[1, 0])
    down = sorted(float(line[0, 1]) for line in strong.lines if line[0, 1] == line[1, 1])
    assert set(np.diff(across)) == set(np.diff(down)) == {5.0}
    assert len(fine.lines) == 4 * (len(across) - 1 + len(down) - 1)
    texts = {text.words: text for text in _texts(_drawn(_twelve()))}
    assert {round(texts[one].x - 1.2 - across[0], 3) % 2.5 for one in ("I", "aVR", "V1", "V4")} == {0.0}


def test_twelve_leads_stand_as_they_are_printed() -> None:
    """Three rows of four leads of 2.5 s, by their codes, and lead II below; speed and gain are written down."""
    drawing = _drawn(_twelve())
    assert len(drawing.pages) == 1
    places = [(round(text.y), round(text.x), text.words) for text in _texts(drawing) if text.words in SCP_LEADS]
    rows: dict[int, list[str]] = {}
    for y, _, words in sorted(places):
        rows.setdefault(y, []).append(words)
    assert list(rows.values()) == [
        ["I", "aVR", "V1", "V4"],
        ["II", "aVL", "V2", "V5"],
        ["III", "aVF", "V3", "V6"],
        ["II"],
    ]
    technique = next(text.words for text in _texts(drawing) if "mm/s" in text.words)
    assert technique.startswith("25 mm/s · 10 mm/mV")


@pytest.mark.parametrize(
    "told",
    [
        [channel(name) for name in SCP_LEADS],
        [channel(f"Lead {name}") for name in SCP_LEADS],
        [channel(f"ECG {name.upper()}") for name in SCP_LEADS],
    ],
)
def test_leads_are_known_by_their_names(told: list[Dataset]) -> None:
    """Where no code says it, the label does."""
    words = _words(waveform_attributes([group(np.zeros((5000, 12)), told)], GENERAL_ECG))
    assert words.count("II") == 2
    assert words.count("aVF") == 1


def test_high_voltages_are_drawn_at_half_the_gain() -> None:
    """What has no room at 10 mm/mV is drawn at 5 mm/mV, which is written down; nothing is cut."""
    values = np.rint(heartbeats(10, 500) * 3500)
    attributes = waveform_attributes(
        [group(np.column_stack([values] * 12), [lead(one) for one in SCP_LEADS])], TWELVE_LEAD
    )
    words = _words(attributes)
    assert any("5 mm/mV" in one and "25 mm/s" in one for one in words)
    assert LABELS["en"]["values cut off"] not in " ".join(words)


def test_units_count() -> None:
    """The same potentials in microvolts and in volts make the same drawing (CID 3082)."""
    drawn = [
        _traces(
            waveform_svg(
                waveform_attributes([group(_square(), [channel("II", unit=unit, sensitivity=step)])], GENERAL_ECG), "en"
            )
        )
        for unit, step in (("mV", 0.001), ("uV", 1.0), ("V", 1e-6))
    ]
    for lines in drawn[1:]:
        assert all(np.allclose(one, other, atol=0.011) for one, other in zip(drawn[0], lines, strict=True))


def test_missing_samples_are_a_gap() -> None:
    """A trace ends where padding begins, and goes on after it."""
    stored = np.zeros((5000, 1))
    stored[1000:2000] = -32768
    svg = waveform_svg(waveform_attributes([group(stored, [channel("II")], padding=-32768)], GENERAL_ECG), "en")
    before, after = (line for line in _traces(svg) if np.ptp(line[:, 0]) > 20)
    assert before[-1, 0] == pytest.approx(31 + 50, abs=0.2)
    assert after[0, 0] == pytest.approx(31 + 100, abs=0.2)


def test_a_skewed_channel_is_drawn_later() -> None:
    """Channel Time Skew moves a trace to the right (C.10.9.1.4.3)."""
    told = [channel("a"), channel("b", ChannelTimeSkew=1.0)]
    lines = _traces(waveform_svg(waveform_attributes([group(np.zeros((2500, 2)), told)], GENERAL_ECG), "en"))
    first, second = sorted(line[0, 0] for line in lines if np.ptp(line[:, 0]) > 20)
    assert second - first == pytest.approx(25, abs=0.02)


def test_short_peaks_of_long_recordings_are_drawn() -> None:
    """A single sample of 1 mV in a column of many is as high as any (decimation keeps extremes)."""
    stored = np.zeros((600_000, 1))
    stored[123_456] = 1000
    svg = waveform_svg(waveform_attributes([group(stored, [channel("a")], 10_000)], AMBULATORY), "en")
    assert max(np.ptp(line[:, 1]) for line in _traces(svg) if len(line) > 10) == pytest.approx(10, abs=0.02)


def test_a_day_is_drawn_in_part_and_says_so() -> None:
    """24 hours of three channels: bounded bytes, and a sentence says which part is shown."""
    stored = np.zeros((24 * 3600 * 20, 3))
    attributes = waveform_attributes([group(stored, [channel(one) for one in "abc"], 20)], AMBULATORY)
    svg = waveform_svg(attributes, "en")
    assert len(svg) < 5_000_000
    assert "Not everything is drawn" in svg
    assert "of 24:00:00" in svg
    assert len(_drawn(attributes).pages) == 20


def test_pressures_have_an_axis() -> None:
    """Values are read from an axis in their unit, with round ticks."""
    t = np.arange(2400) / 240
    stored = np.column_stack([heartbeats(10, 240) * 1000, 700 + 500 * np.sin(7 * t)])
    told = [channel("II"), channel("LV", unit="mm[Hg]", sensitivity=0.1)]
    words = _words(waveform_attributes([group(stored, told, 240)], HEMODYNAMIC))
    assert "LV [mmHg]" in words
    assert {"0", "20", "120"} <= set(words)


def test_annotations_stand_where_they_belong() -> None:
    """Statements and measurements above, markers at their samples (positions count from 1: C.10.10.1.2)."""
    told = [
        annotation("Sinus rhythm"),
        measurement("QT", 400, "ms"),
        annotation("VES", (1, 1), TemporalRangeType="POINT", ReferencedSamplePositions=[1001]),
        annotation("Pause", (1, 0), TemporalRangeType="SEGMENT", ReferencedTimeOffsets=[4.0, 6.0]),
        annotation("elsewhere", (2, 0), TemporalRangeType="POINT", ReferencedSamplePositions=[1]),
    ]
    attributes = waveform_attributes([group(np.zeros((5000, 1)), [channel("II")])], GENERAL_ECG, told)
    drawing = _drawn(attributes)
    words = {text.words: text for text in _texts(drawing)}
    assert {"Sinus rhythm", "QT", "400 ms", "VES", "Pause"} <= set(words)
    assert "elsewhere" not in words
    marks = next(mark for mark in drawing.pages[0].marks if isinstance(mark, Strokes) and mark.ink is Ink.MARKER)
    xs = [(line[0, 0], line[1, 0]) for line in marks.lines]
    assert (81.0, 81.0) in xs
    assert (131.0, 181.0) in xs


_HOSTILE = "</text><script>alert(1)</script>&\x00\x1b\x0b\"'<!--]]>\u202e\ufffe\U0001f600" + "W" * 300


def test_hostile_texts_are_texts() -> None:
    """No text of an object becomes markup, and the SVG is well-formed (XML 1.0, 2.2)."""
    told = [annotation(_HOSTILE), annotation(_HOSTILE, TemporalRangeType="POINT", ReferencedSamplePositions=[9])]
    item = group(
        np.zeros((5000, 2)),
        [channel("</text><a>&\x1b"), channel("\x0b]]>", unit="<b>")],
        MultiplexGroupLabel=_HOSTILE[:16],
    )
    attributes = waveform_attributes([item], GENERAL_ECG, told, PatientName="<svg onload=alert(1)>")
    svg = waveform_svg(attributes, "en")
    root = _root(svg)
    assert {element.tag.removeprefix(_SVG) for element in root.iter()} == {"svg", "title", "g", "rect", "path", "text"}
    assert not re.search(r"<script|onload=|href|url\(|<style", re.sub("&lt;[^<]*", "", svg))
    assert waveform_png(attributes, "en").startswith(b"\x89PNG")
    assert pypdf.PdfReader(io.BytesIO(waveform_pdf(attributes, "en"))).pages[0].extract_text()


def test_svg_says_what_it_is() -> None:
    """For those who do not see it: a role, a title, a language."""
    root = _root(waveform_svg(_twelve(), "zh-CN"))
    title = root.find(f"{_SVG}title")
    assert title is not None
    assert title.text == root.get("aria-label") == "12导联心电图 2026-01-31 09:30:05"
    assert (root.get("role"), root.get("lang")) == ("img", "zh-CN")


def test_pdf_has_texts_pages_and_no_dates_of_its_own() -> None:
    """A4 in landscape, words that can be searched, the same bytes each time."""
    attributes = _twelve(25, PatientName="Wang^XiaoDong=王^小东")
    written = waveform_pdf(attributes, "zh-CN")
    assert written == waveform_pdf(attributes, "zh-CN")
    reader = pypdf.PdfReader(io.BytesIO(written))
    assert len(reader.pages) == 3
    assert (float(reader.pages[0].mediabox.width), float(reader.pages[0].mediabox.height)) == pytest.approx(
        (841.89, 595.28), abs=0.01
    )
    text = reader.pages[0].extract_text().replace(" ", "").replace("\0", "")
    assert all(one in text for one in ("aVR", "25mm/s", "10mm/mV", "4711", "王", "心电图"))


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_document_has_the_drawing_and_tables(language: Any) -> None:  # noqa: ANN401 -- one of two literals
    """The drawing as figures, annotations and channels as tables."""
    told = [
        measurement("QT", 400, "ms"),
        annotation("VES", (1, 2), TemporalRangeType="POINT", ReferencedSamplePositions=[501]),
    ]
    document = waveform_document(_twelve(12, annotations=told), language)
    nodes = [node for section in document.nodes if isinstance(section, Section) for node in section.nodes]
    assert len([node for node in nodes if isinstance(node, Figure)]) == 2
    annotations, channels = (node for node in nodes if isinstance(node, Table))
    assert annotations.rows[0][:2] == ("QT", "400 ms")
    assert annotations.rows[1][1:] == ("VES", "II", "POINT 1 s")
    assert [row[0] for row in channels.rows] == list(SCP_LEADS)
    assert channels.rows[0][2:4] == ("0.001 mV", "0 mV")


def _many(kind: str, number: int, seconds: float, frequency: float, **told: Any) -> Attributes:  # noqa: ANN401 -- of any VR
    stored = np.column_stack([np.rint(heartbeats(seconds, frequency) * 100 * (1 + one)) for one in range(number)])
    return waveform_attributes(
        [group(stored, [channel(f"channel {one}", **told) for one in range(number)], frequency)], kind
    )


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param(_twelve, id="twelve leads"),
        pytest.param(lambda: _twelve(1.2), id="a median beat"),
        pytest.param(lambda: _many(EEG, 30, 12, 128, unit="uV", sensitivity=0.5), id="thirty channels"),
        pytest.param(lambda: _many(ELECTROPHYSIOLOGY, 14, 3, 1000), id="electrophysiology"),
        pytest.param(lambda: _many(HEMODYNAMIC, 4, 30, 240, unit="mm[Hg]", sensitivity=1), id="pressures"),
        pytest.param(lambda: _many(RESPIRATION, 1, 300, 25, sensitivity=None), id="respiration"),
        pytest.param(lambda: _many(AUDIO, 2, 2, 8000, sensitivity=None), id="audio"),
        pytest.param(lambda: _many(AMBULATORY, 3, 600, 100), id="ambulatory"),
        pytest.param(lambda: _many("1.2.3", 5, 10, 100, unit="Cel"), id="unknown"),
    ],
)
def test_nothing_leaves_the_page_and_no_words_lie_on_words(attributes: Any) -> None:  # noqa: ANN401 -- makes attributes
    """Every stroke and word is within its page, and no two words overlap."""
    for page in _drawn(attributes(), pages=3).pages:
        boxes = []
        for mark in page.marks:
            if isinstance(mark, Strokes):
                points = np.concatenate(mark.lines)
                assert np.isfinite(points).all()
                assert points.min() >= 0
                assert (points.max(0) <= (page.width, page.height)).all()
            else:
                box = (mark.left, mark.y - 0.75 * mark.size, mark.left + mark.width, mark.y + 0.2 * mark.size)
                assert min(box) >= 0
                assert box[2] <= page.width - 10
                assert box[3] <= page.height
                boxes.append((box, mark.words))
        for number, (one, words) in enumerate(boxes):
            for other, others in boxes[:number]:
                is_apart = one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]
                assert is_apart, (words, others)


@pytest.mark.parametrize("sensitivity", [0, 1e300, 1e-300, -0.001, 1e37])
@pytest.mark.parametrize("unit", ["mV", "mm[Hg]"])
@pytest.mark.parametrize("frequency", [1e-4, 500, 1e9])
def test_odd_scales_do_not_crash(sensitivity: float, unit: str, frequency: float) -> None:
    """Whatever finite numbers an object holds, it is drawn or refused."""
    stored = np.array([[-32768], [32767], [0], [5]] * 50)
    told = [channel("a", unit=unit, sensitivity=1, ChannelBaseline="1e200")]
    told[0].ChannelSensitivity = f"{sensitivity:g}"
    for kind in (GENERAL_ECG, HEMODYNAMIC, AUDIO):
        attributes = waveform_attributes([group(stored, told, frequency)], kind)
        try:
            svg = waveform_svg(attributes, "en")
        except WadoError:
            continue
        assert "nan" not in svg
        assert len(svg) < 2_000_000
        _root(svg)


@pytest.mark.parametrize(
    "told", [{}, {"ChannelTimeSkew": "1e30"}, {"ChannelTimeSkew": "-1e30"}, {"ChannelOffset": "1e300"}]
)
def test_one_sample_or_none_in_sight_is_drawn(told: dict[str, Any]) -> None:
    """A single sample, and samples skewed out of all sight."""
    for kind in (GENERAL_ECG, HEMODYNAMIC, AUDIO):
        assert _drawn(waveform_attributes([group(np.array([[1]]), [channel("a", **told)])], kind)).pages


def test_only_gaps_are_drawn_as_nothing() -> None:
    """An object whose samples are all padding has its page, and no trace."""
    for kind in (GENERAL_ECG, HEMODYNAMIC, AUDIO):
        attributes = waveform_attributes([group(np.full((5000, 1), -1), [channel("a")], padding=-1)], kind)
        assert not [line for line in _traces(waveform_svg(attributes, "en")) if np.ptp(line[:, 0]) > 20]


def test_hundreds_of_channels_have_pages() -> None:
    """As many channels as are read: on several pages, none smaller than can be seen."""
    attributes = waveform_attributes(
        [group(np.zeros((256, 256)), [channel(f"c{one}") for one in range(256)], 256)], EEG
    )
    drawing = _drawn(attributes)
    words = [text.words for text in _texts(drawing)]
    assert all(f"c{one}" in words for one in range(256))


def test_texts_are_cut_and_broken_where_they_must() -> None:
    """No text is longer than its room, in any script."""
    for words in ("word " * 50, "W" * 300, "心电图正常" * 60, "القلب " * 50, ""):
        assert text_width(fitted(words, 40, 2.8), 2.8) <= 40
        lines = wrapped(words, 40, 2.8, 3)
        assert len(lines) <= 3
        assert all(text_width(line, 2.8) <= 40 for line in lines)
    assert wrapped("one two three", 200, 2.8, 3) == ["one two three"]


def test_every_word_is_there_in_both_languages() -> None:
    """No label is missing, and numbers stand in the same places."""
    for key, english in LABELS["en"].items():
        assert set(re.findall(r"{\d}", english)) == set(re.findall(r"{\d}", LABELS["zh-CN"][key]))


def _facts_shown(**attributes: str) -> list[str]:
    """Return the facts in the head of a drawing."""
    svg = waveform_svg(waveform_attributes([group(np.zeros((500, 1)), [channel()])], **attributes), "en")
    return [found for found in re.findall(">([^<>]+)<", svg) if ": " in found]


def test_a_long_device_name_is_not_cut() -> None:
    """Facts that have no room beside each other take lines of their own, as long as there are lines."""
    device = {"Manufacturer": "Mortara Instrument, Inc.", "ManufacturerModelName": "el250"}
    facts = _facts_shown(InstitutionName="E. O. Ospedali Galliera", **device)
    assert facts[-2:] == ["Institution: E. O. Ospedali Galliera", "Device: Mortara Instrument, Inc. el250"]
    every = {
        "PatientBirthDate": "19710123",
        "PatientSex": "F",
        "StudyDescription": "ECG",
        "ReferringPhysicianName": "A",
    }
    packed = _facts_shown(InstitutionName="E. O. Ospedali Galliera", **device, **every)
    assert packed == [
        "Patient ID: 4711 \u00b7 Date of birth: 1971-01-23 \u00b7 Sex: female",
        "Description: ECG \u00b7 Referring physician: A",
        "Institution: E. O. Ospedali Galliera",
        "Device: Mortara Instrument, Inc. el250",
    ]
    short = _facts_shown(InstitutionName="Clinic", PatientSex="F", PatientAge="042Y")
    assert short[-2:] == ["Sex: female \u00b7 Age: 42 y", "Institution: Clinic"]


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({"I": (0.05, 150), "II": (0.05, 150)}, "0.05\u2013150 Hz"),
        ({"I": None, "II": (0.05, 150)}, "0.05\u2013150 Hz (I: not stored)"),
        ({"I": (0.5, 40), "II": None, "III": (0.05, 150)}, "0.5\u201340 Hz / 0.05\u2013150 Hz (II: not stored)"),
        (dict.fromkeys(("I", "II", "V1", "V2")) | {"V3": (0.05, 150)}, "0.05\u2013150 Hz (where stored)"),
    ],
)
def test_filters_of_a_page_are_not_those_of_leads_without_one(
    stored: dict[str, tuple[float, float] | None], words: str
) -> None:
    """Filters are stored by channel (PS3.3 C.10.9): one that is not told is not that of its neighbours."""
    channels = []
    for name, band in stored.items():
        channels.append(channel(name))
        if band is not None:
            channels[-1].FilterLowFrequency, channels[-1].FilterHighFrequency = band
            channels[-1].NotchFilterFrequency = 50
    told = _words(waveform_attributes([group(np.zeros((500, len(channels))), channels)], GENERAL_ECG))
    technique = next(one for one in told if "mm/s" in one)
    assert f" \u00b7 {words} \u00b7 " in technique
    missing = words.partition("(")
    assert f" \u00b7 Notch filter 50 Hz{' (' if missing[1] else ''}{missing[2]} \u00b7 " in technique


def test_columns_that_say_nothing_of_any_channel_are_left_out() -> None:
    """Nobody has to read that no channel has a notch filter or a status."""
    bare = waveform_document(waveform_attributes([group(np.zeros((500, 2)), [channel("I"), channel("II")])]), "en")
    told = [channel("I"), channel("II", NotchFilterFrequency=50)]
    notched = waveform_document(waveform_attributes([group(np.zeros((500, 2)), told)]), "en")
    heads = []
    for document in (bare, notched):
        section = document.nodes[-1]
        assert isinstance(section, Section)
        table = section.nodes[0]
        assert isinstance(table, Table)
        heads.append(table.head)
    assert heads[0] == ("Channel", "Source", "Sensitivity", "Baseline", "Bits")
    assert heads[1] == ("Channel", "Source", "Sensitivity", "Baseline", "Notch filter", "Bits")
