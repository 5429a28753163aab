"""What a picture or a document is made of, where not all of it may be seen by who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from corridor.test_presentation_states import write_advanced_blending, write_blending
from document.made_reports import item, reference, report, written
from made_objects import write_object
from made_states import write_state
from openwado.access.policy import Policy, read_rule
from openwado.access.principal import Principal
from openwado.archive.archive import Archive
from openwado.archive.file_store import FileStore
from openwado.archive.sqlite import SqliteIndex
from openwado.archive.study_search import StudySearch, words_in
from openwado.assemble import retriever_of
from openwado.config import Settings
from openwado.errors import BadRequest, Forbidden, NotFound
from openwado.ingest import read_file
from openwado.seen_index import SeenIndex

if TYPE_CHECKING:
    from pathlib import Path

    from openwado.access.permission import Permission
    from openwado.jobs import DocumentJob, PictureJob
    from openwado.retrieve import Prepared

ROLES = frozenset({"a"})


def permission(*tables: dict[str, str | list[str]]) -> Permission:
    """Return what rules allow."""
    usual: dict[str, str | list[str]] = {"roles": "a", "rights": "view"}
    rules = [read_rule(usual | table) for table in tables]
    return Policy(rules).permission_of(Principal("x", "token", ROLES))


EVERYTHING = permission({"rights": ["view", "native"]})


class Ward:
    """An archive of the files of a folder."""

    def __init__(self, folder: Path) -> None:
        store = FileStore()
        self.index = SqliteIndex(folder / "index.sqlite")
        self.index.write([read_file(store, str(file)) for file in sorted(folder.rglob("*.dcm"))])
        self._retriever = retriever_of(Settings(data=str(folder)), Archive(self.index, store, lambda _key: None))

    def prepare(self, allowed: Permission | None, study: str, series: str, sop: str, **more: str) -> Prepared:
        """Prepare a request of somebody."""
        uids = {"requestType": "WADO", "studyUID": study, "seriesUID": series, "objectUID": sop}
        return self._retriever.prepare(urlencode(uids | more), None, None, None, allowed)


BLENDED = ("1.2.40", "1.2.40.1", "1.2.40.1.1")


@pytest.mark.parametrize("state", ["1.2.40.2.1", "1.2.40.2.2"])
def test_an_image_that_may_not_be_seen_is_not_blended(tmp_path: Path, state: str) -> None:
    """Images of another study are left out of a blended picture, and its tag is another; without them nothing leaks."""
    write_blending(tmp_path)
    write_advanced_blending(tmp_path)
    ward = Ward(tmp_path)
    named = {"presentationUID": state, "presentationSeriesUID": "1.2.40.2", "contentType": "image/png"}
    whole = ward.prepare(EVERYTHING, *BLENDED, **named)
    part = ward.prepare(permission({"study_instance_uid": "1.2.40"}), *BLENDED, **named)
    studies = [
        {one.instance.study_instance_uid for one in cast("PictureJob", prepared.job).superimposed}
        for prepared in (whole, part)
    ]
    assert studies == [{"1.2.41"}, set()]
    assert whole.etag != part.etag
    assert whole.etag == ward.prepare(None, *BLENDED, **named).etag


def test_a_presentation_state_that_may_not_be_seen_is_none(tmp_path: Path) -> None:
    """A state of a series that may not be seen is answered like one that never was."""
    write_object(tmp_path / "image.dcm", "1.2.30.1.1", "1.2.30", "1.2.30.1")
    write_state(tmp_path / "state.dcm", "1.2.30.2.1", "1.2.30.1.1")
    ward = Ward(tmp_path)
    said = set()
    for uid, allowed in (("1.2.30.2.1", permission({"modality": "CT"})), ("1.2.30.2.9", EVERYTHING)):
        with pytest.raises(BadRequest) as error:
            ward.prepare(
                allowed, "1.2.30", "1.2.30.1", "1.2.30.1.1", presentationUID=uid, presentationSeriesUID="1.2.30.2"
            )
        said.add(error.value.public)
    assert len(said) == 1
    seen = permission({"modality": ["CT", "PR"]})
    named = {"presentationUID": "1.2.30.2.1", "presentationSeriesUID": "1.2.30.2"}
    assert ward.prepare(seen, "1.2.30", "1.2.30.1", "1.2.30.1.1", **named).etag


def test_a_state_that_may_be_had_anonymized_only_draws_nothing(tmp_path: Path) -> None:
    """What goes into a picture has to be seen itself, with the right that the picture needs."""
    write_object(tmp_path / "image.dcm", "1.2.30.1.1", "1.2.30", "1.2.30.1")
    write_state(tmp_path / "state.dcm", "1.2.30.2.1", "1.2.30.1.1")
    named = {"presentationUID": "1.2.30.2.1", "presentationSeriesUID": "1.2.30.2"}
    allowed = permission({"modality": "CT"}, {"rights": "anonymized"})
    with pytest.raises(BadRequest):
        Ward(tmp_path).prepare(allowed, "1.2.30", "1.2.30.1", "1.2.30.1.1", **named)


def test_a_report_does_not_say_where_hidden_images_are(tmp_path: Path) -> None:
    """A document shows pictures that who asks may see; of others it says no more than the report itself."""
    write_object(tmp_path / "image.dcm", "1.2.3.7.1", "1.2.3.8", "1.2.3.8.1", PatientID="P2")
    made = report(item("IMAGE", "Key", ReferencedSOPSequence=[reference("1.2.3.7.1")]))
    evidence, series = Dataset(), Dataset()
    evidence.StudyInstanceUID, series.SeriesInstanceUID = "1.2.3.8", "1.2.3.8.1"
    series.ReferencedSOPSequence = Sequence([reference("1.2.3.7.1")])
    evidence.ReferencedSeriesSequence = Sequence([series])
    made.CurrentRequestedProcedureEvidenceSequence = Sequence([evidence])
    made.PatientID = "P1"
    (tmp_path / "report.dcm").write_bytes(written(made))
    uids = str(made.StudyInstanceUID), str(made.SeriesInstanceUID), str(made.SOPInstanceUID)
    ward = Ward(tmp_path)
    whole, part = (
        ward.prepare(allowed, *uids, contentType="text/html")
        for allowed in (EVERYTHING, permission({"patient_id": "P1"}))
    )
    here = [cast("DocumentJob", one.job).places["1.2.3.7.1"].here for one in (whole, part)]
    assert here == [True, False]
    assert whole.etag != part.etag


def test_an_object_is_looked_at_by_its_own_attributes(tmp_path: Path) -> None:
    """An object that was filed under another patient's series is still its own patient's."""
    write_object(tmp_path / "a.dcm", "1.2.9.1.1", "1.2.9", "1.2.9.1", PatientID="P1", InstanceNumber=1)
    write_object(tmp_path / "b.dcm", "1.2.9.1.2", "1.2.9", "1.2.9.1", PatientID="P2", InstanceNumber=2)
    ward = Ward(tmp_path)
    allowed = permission({"patient_id": "P1"})
    assert ward.prepare(allowed, "1.2.9", "1.2.9.1", "1.2.9.1.1").etag
    with pytest.raises(NotFound):
        ward.prepare(allowed, "1.2.9", "1.2.9.1", "1.2.9.1.2")
    seen = SeenIndex(ward.index, allowed)
    rows = seen.instances("1.2.9", "1.2.9.1", offset=0, limit=9)
    assert [row.instance.sop_instance_uid for row in rows] == ["1.2.9.1.1"]
    assert seen.instances("1.2.8", "1.2.9.1", offset=0, limit=9) == [], "that study has no such series"
    assert seen.instance_row("1.2.9.1.2") is None
    assert seen.count() is None


def test_what_needs_another_right_is_refused(tmp_path: Path) -> None:
    """Known objects are refused by the right that is missing, not hidden."""
    write_object(tmp_path / "a.dcm", "1.2.9.1.1", "1.2.9", "1.2.9.1")
    ward = Ward(tmp_path)
    uids = "1.2.9", "1.2.9.1", "1.2.9.1.1"
    native, view = permission({"rights": "native"}), permission({"rights": "view"})
    assert ward.prepare(native, *uids, contentType="application/dicom").etag
    assert ward.prepare(native, *uids, contentType="application/dicom", anonymize="yes").etag
    for allowed, kind in ((native, "image/png"), (view, "application/dicom")):
        with pytest.raises(Forbidden):
            ward.prepare(allowed, *uids, contentType=kind)


def test_lists_of_many_studies_are_looked_through(tmp_path: Path) -> None:
    """Pages of those that are seen follow one another without a gap, whatever lies between them."""
    for number in range(24):
        patient = "P1" if number % 3 == 0 else "P2"
        uid = f"1.2.{100 + number}"
        write_object(tmp_path / f"{number}.dcm", f"{uid}.1.1", uid, f"{uid}.1", PatientID=patient)
    seen = SeenIndex(Ward(tmp_path).index, permission({"patient_id": "P1"}))
    pages = [seen.studies(offset=offset, limit=3) for offset in (0, 3, 6, 9)]
    assert [len(page) for page in pages] == [3, 3, 2, 0]
    rows = [row for page in pages for row in page]
    assert {row.description.patient_id for row in rows} == {"P1"}
    assert [row.study_instance_uid for row in rows] == [f"1.2.{100 + number}" for number in range(0, 24, 3)]
    study = seen.study("1.2.100")
    assert study is not None
    assert (study.number_of_series, study.number_of_instances, study.modalities) == (1, 1, ("CT",))
    assert seen.study("1.2.101") is None
    assert seen.series("1.2.101") == []


def test_a_search_finds_what_is_seen_only(tmp_path: Path) -> None:
    """A study is not found by a series, or a patient, that who asks may not see, nor does its number tell of others."""
    write_object(tmp_path / "a.dcm", "1.2.9.1.1", "1.2.9", "1.2.9.1", PatientID="P1", Modality="CT", SeriesNumber=1)
    write_object(tmp_path / "b.dcm", "1.2.9.2.1", "1.2.9", "1.2.9.2", PatientID="P1", Modality="MR", SeriesNumber=2)
    write_object(tmp_path / "c.dcm", "1.2.8.1.1", "1.2.8", "1.2.8.1", PatientID="P2", Modality="CT", SeriesNumber=1)
    index = Ward(tmp_path).index

    def found(allowed: Permission | None, text: str) -> list[str]:
        seen = SeenIndex(index, allowed)
        rows = seen.studies(offset=0, limit=9, search=StudySearch(tuple(words_in(text))))
        assert seen.is_narrowed == (allowed is not None)
        assert (seen.count_studies() is None) == (allowed is not None)
        return [row.study_instance_uid for row in rows]

    assert (found(None, "mr"), found(None, "p?")) == (["1.2.9"], ["1.2.8", "1.2.9"])
    mine = permission({"patient_id": "P1"})
    assert (found(mine, "p?"), found(mine, "p2"), found(mine, "mr")) == (["1.2.9"], [], ["1.2.9"])
    computed = permission({"modality": "CT"})
    assert (found(computed, "ct"), found(computed, "mr"), found(computed, "")) == (
        ["1.2.8", "1.2.9"],
        [],
        ["1.2.8", "1.2.9"],
    )
    assert [SeenIndex(index, computed).study_of(uid) for uid in ("1.2.9.1", "1.2.9.2", "9")] == ["1.2.9", "", ""]
