"""Where the objects that a report refers to are (PS3.3 C.17.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from corpus_files import as_read, catalog, quietly_read
from document.made_reports import item, reference, report, written
from openwado.dicom.evidence import UIDS_MAX, read_evidence
from openwado.dicom.instance import Evidence
from openwado.dicom.reader import NotAnObject, parse
from openwado.dicom.source import BytesSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openwado.dicom.instance import Reading

CURRENT, PERTINENT = 0x0040A375, 0x0040A385


@pytest.fixture
def sequence(element: Callable[..., bytes], item: Callable[..., bytes]) -> Callable[..., bytes]:
    """Return a function that writes the value of an evidence sequence: study, series, objects."""

    def sequence(*rows: tuple[str, str, tuple[str, ...]]) -> bytes:
        written = b""
        for study, series, uids in rows:
            objects = b"".join(
                item(element(0x00081150, "UI", b"1.2.840.10008.5.1.4.1.1.2") + element(0x00081155, "UI", uid.encode()))
                for uid in uids
            )
            of_series = element(0x00081199, "SQ", objects) + element(0x0020000E, "UI", series.encode())
            written += item(
                element(0x00081115, "SQ", item(of_series, undefined=True)) + element(0x0020000D, "UI", study.encode())
            )
        return written

    return sequence


@pytest.fixture
def evidence(read: Callable[..., Reading]) -> Callable[..., tuple[Evidence, ...]]:
    """Return a function that reads the evidence of a report with these sequences."""

    def evidence(sequences: dict[int, bytes], value_type: bytes = b"CONTAINER") -> tuple[Evidence, ...]:
        elements = {tag: ("SQ", value) for tag, value in sequences.items()}
        report = {0x0040A730: ("SQ", b""), 0x0040A040: ("CS", value_type), 0x7FE00010: None}
        return read({**report, **elements}).instance.evidence

    return evidence


def test_evidence_of_both_sequences(
    evidence: Callable[..., tuple[Evidence, ...]], sequence: Callable[..., bytes]
) -> None:
    """Objects stand together by series, each once, in order."""
    current = sequence(("1.1", "1.1.1", ("1.5", "1.6", "1.5")), ("1.1", "1.1.2", ("1.7",)))
    pertinent = sequence(("2.1", "2.1.1", ("2.5",)), ("1.1", "1.1.1", ("1.8",)))
    assert evidence({CURRENT: current, PERTINENT: pertinent}) == (
        Evidence("1.1", "1.1.1", ("1.5", "1.6", "1.8")),
        Evidence("1.1", "1.1.2", ("1.7",)),
        Evidence("2.1", "2.1.1", ("2.5",)),
    )
    assert evidence({CURRENT: current}, b"TEXT") == ()
    assert evidence({}) == ()


def test_unfit_uids_are_left_out(evidence: Callable[..., tuple[Evidence, ...]], sequence: Callable[..., bytes]) -> None:
    """UIDs of others are held to the same characters as the object's own."""
    rows = (("../1", "1.1.1", ("1.5",)), ("1.1", "", ("1.5",)), ("1.1", "1.1.1", ("<b>", "", "1" * 129, "1.9")))
    assert evidence({CURRENT: sequence(*rows)}) == (Evidence("1.1", "1.1.1", ("1.9",)),)


def test_evidence_is_bounded(evidence: Callable[..., tuple[Evidence, ...]], sequence: Callable[..., bytes]) -> None:
    """A record never holds more than so many UIDs; the first ones stay."""
    many = tuple(f"1.5.{number}" for number in range(UIDS_MAX + 5))
    found = evidence({CURRENT: sequence(("1.1", "1.1.1", many[:1500]), ("1.1", "1.1.2", many[1500:]))})
    assert [uid for series in found for uid in series.sop_instance_uids] == list(many[:UIDS_MAX])


def test_unreadable_evidence_is_no_reason_to_refuse_a_report(
    evidence: Callable[..., tuple[Evidence, ...]],
    sequence: Callable[..., bytes],
    element: Callable[..., bytes],
    item: Callable[..., bytes],
) -> None:
    """What is too deeply nested ends the list; what came before stays."""
    nested = b""
    for _ in range(100):
        nested = item(element(0x00081115, "SQ", nested, undefined=True), undefined=True)
    good = sequence(("1.1", "1.1.1", ("1.5",)))
    assert evidence({CURRENT: good + item(nested)}) == (Evidence("1.1", "1.1.1", ("1.5",)),)


@pytest.mark.corpus
def test_evidence_of_given_reports(corpus: Path) -> None:
    """Every object that pydicom finds in the evidence of a real report is in its record."""
    reports = 0
    for path, row in catalog(corpus).items():
        if not row["category"].startswith("sr"):
            continue
        data = (corpus / path).read_bytes()
        try:
            instance = as_read(data).instance
        except NotAnObject:
            continue
        expected = {
            (study.StudyInstanceUID, series.SeriesInstanceUID, reference.ReferencedSOPInstanceUID)
            for keyword in ("CurrentRequestedProcedureEvidenceSequence", "PertinentOtherEvidenceSequence")
            for study in quietly_read(data).get(keyword) or ()
            for series in study.ReferencedSeriesSequence
            for reference in series.ReferencedSOPSequence
        }
        found = {
            (series.study_instance_uid, series.series_instance_uid, uid)
            for series in instance.evidence
            if series.study_instance_uid  # else its content names it, and no evidence says where it is
            for uid in series.sop_instance_uids
        }
        assert found == expected, path
        reports += bool(found)
    assert reports > 5


def test_what_the_content_names_without_evidence() -> None:
    """C.18.3: an image, and the presentation state that goes with it, that no evidence names: no place is known."""
    placed, named = reference("1.5"), reference("1.6", state="1.7")
    series, study = Dataset(), Dataset()
    series.SeriesInstanceUID, series.ReferencedSOPSequence = "1.1.1", Sequence([placed])
    study.StudyInstanceUID, study.ReferencedSeriesSequence = "1.1", Sequence([series])
    images = [item("IMAGE", None, ReferencedSOPSequence=[one]) for one in (placed, named)]
    made = report(
        item("CONTAINER", "Part", ContentSequence=images), CurrentRequestedProcedureEvidenceSequence=Sequence([study])
    )
    found = read_evidence(parse(BytesSource(written(made))).attributes)
    assert found == (Evidence("1.1", "1.1.1", ("1.5",)), Evidence("", "", ("1.6", "1.7")))
