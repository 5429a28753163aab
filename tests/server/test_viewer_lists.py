"""Lists of a study for OHIF and Weasis: what is in them, under which addresses, and what they refuse."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import pydicom
import pytest
from lxml import etree
from starlette.routing import Mount, Router

from made_objects import write_enhanced_object, write_object
from openwado.archive.file_store import FileStore
from openwado.archive.kept_folder import KeptFolder
from openwado.archive.sqlite import SqliteIndex
from openwado.archive.stores import Stores
from openwado.config import convert
from openwado.ingest import read_file
from openwado.server import viewer_lists, viewer_study
from openwado.server.page import page_routes
from openwado.server.page_viewers import NO_VIEWERS, Viewers
from openwado.server.problems import ProblemAnswers
from openwado.server.viewer_lists import viewer_routes
from openwado.server.viewer_settings import list_routes_of, viewers_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydicom.dataset import FileDataset

ORIGIN = "http://pacs.example:8080"


class Lists:
    """The routes of the lists of some files, asked over ASGI as the server asks them.

    Args:
        folder: for the index.
        files: that are in it.
        is_remote: as if they were elsewhere.
    """

    def __init__(self, folder: Path, files: list[Path], *, is_remote: bool = False) -> None:
        self.store = FileStore()
        self.index = SqliteIndex(folder / "index.sqlite")
        self.index.write([read_file(self.store, str(file)) for file in files])
        routes = viewer_routes(
            index=self.index, store=self.store, is_remote=is_remote, wado_path="/wado", stall_seconds=10
        )
        viewers = Viewers("https://viewer.example/ohif/", has_weasis=True)
        pages = page_routes(index=self.index, store=self.store, wado_path="/wado", viewers=viewers)
        router = Router([Mount("/below", routes=routes), *routes, *pages])
        self._app = ProblemAnswers(router)

    def ask(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        """Ask for an address."""

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
                sent = {name.replace("_", "-"): value for name, value in headers.items()}
                return await client.request(method, path, headers=sent)

        return asyncio.run(asked())

    def study(self, path: str) -> dict[str, Any]:
        """Return the one study of a list for OHIF."""
        answer = self.ask(path)
        assert answer.status_code == 200, answer.text
        (study,) = json.loads(answer.content)["studies"]
        return study  # type: ignore[no-any-return] # JSON


def instances(study: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all entries of a study."""
    return [instance for series in study["series"] for instance in series["instances"]]


@pytest.fixture(scope="module")
def objects(samples: Path) -> dict[str, FileDataset]:
    """Return the sample objects by SOP Instance UID."""
    found = [pydicom.dcmread(path, stop_before_pixels=True) for path in samples.rglob("*.dcm")]
    return {dataset.SOPInstanceUID: dataset for dataset in found}


@pytest.fixture(scope="module")
def lists(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lists]:
    """Return the lists of the sample objects."""
    made = Lists(tmp_path_factory.mktemp("lists"), sorted(samples.rglob("*.dcm")))
    yield made
    made.index.close()


def test_every_object_is_listed_as_it_describes_itself(lists: Lists, objects: dict[str, FileDataset]) -> None:
    """Identification, geometry, pixels and windows are those of the objects; study and series stand above them."""
    for uid in {dataset.StudyInstanceUID for dataset in objects.values()}:
        study = lists.study(f"/studies/{uid}/ohif.json")
        expected = {one for one, dataset in objects.items() if dataset.StudyInstanceUID == uid}
        assert {one["metadata"]["SOPInstanceUID"] for one in instances(study)} == expected
        assert study["NumInstances"] == len(expected)
        for series in study["series"]:
            for entry in series["instances"][:1]:
                told = entry["metadata"]
                dataset = objects[told["SOPInstanceUID"]]
                assert (series["SeriesInstanceUID"], series["Modality"]) == (
                    dataset.SeriesInstanceUID,
                    dataset.Modality,
                )
                assert study["PatientName"]["Alphabetic"] == dataset.PatientName.alphabetic
                assert study["PatientID"] == dataset.PatientID
                for keyword in ("Rows", "Columns", "BitsStored", "RescaleSlope", "SOPClassUID", "FrameOfReferenceUID"):
                    assert told.get(keyword) == dataset.get(keyword), keyword
                for keyword in ("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient"):
                    right = dataset.get(keyword)
                    assert told.get(keyword) == (None if right is None else [float(number) for number in right])


def test_addresses_are_those_that_ohif_knows(lists: Lists, objects: dict[str, FileDataset]) -> None:
    """Requests begin with requestType=WADO; the number of a frame is last, for what follows it is cut away."""
    dataset = next(dataset for dataset in objects.values() if dataset.Modality == "US")
    study = lists.study(f"/studies/{dataset.StudyInstanceUID}/ohif.json")
    (cine,) = [series for series in study["series"] if series["Modality"] == "US"]
    assert len(cine["instances"]) == dataset.NumberOfFrames == 20
    for number, entry in enumerate(cine["instances"], 1):
        assert entry["url"].startswith(f"dicomweb:{ORIGIN}/wado?requestType=WADO&studyUID=")
        query = parse_qsl(urlsplit(entry["url"]).query)
        assert query[-1] == ("frame", str(number))
        assert ("transferSyntax", "*") in query
        assert entry["metadata"]["NumberOfFrames"] == 20
    assert set(cine["instances"][1]["metadata"]) == {"SOPClassUID", "SOPInstanceUID", "NumberOfFrames"}


def test_what_ohif_does_not_inflate_comes_uncompressed(lists: Lists, objects: dict[str, FileDataset]) -> None:
    """A deflated object is asked for in Explicit VR Little Endian."""
    dataset = next(d for d in objects.values() if d.file_meta.TransferSyntaxUID.endswith(".1.99"))
    study = lists.study(f"/studies/{dataset.StudyInstanceUID}/series/{dataset.SeriesInstanceUID}/ohif.json")
    (own,) = [one for one in instances(study) if one["metadata"]["SOPInstanceUID"] == dataset.SOPInstanceUID]
    assert "&transferSyntax=1.2.840.10008.1.2.1" in own["url"]


def test_one_series_alone(lists: Lists, objects: dict[str, FileDataset]) -> None:
    """The list of a series has that series; a series of another study is not there."""
    pet = next(dataset for dataset in objects.values() if dataset.Modality == "PT")
    other = next(dataset for dataset in objects.values() if dataset.Modality == "US")
    study = lists.study(f"/studies/{pet.StudyInstanceUID}/series/{pet.SeriesInstanceUID}/ohif.json")
    assert [series["Modality"] for series in study["series"]] == ["PT"]
    assert study["NumInstances"] == 3
    for viewer in ("ohif.json", "weasis.xml"):
        strange = f"/studies/{pet.StudyInstanceUID}/series/{other.SeriesInstanceUID}/{viewer}"
        assert lists.ask(strange).status_code == 404
        assert lists.ask(f"/studies/1.2.3/{viewer}").status_code == 404


def test_addresses_follow_the_client_s(lists: Lists, objects: dict[str, FileDataset]) -> None:
    """Scheme, host and port are those by which the client came, and what is mounted below a root stays below it."""
    uid = next(iter(objects.values())).StudyInstanceUID
    first = instances(lists.study(f"/below/studies/{uid}/ohif.json"))[0]
    assert first["url"].startswith(f"dicomweb:{ORIGIN}/below/wado?requestType=WADO&")
    answer = lists.ask(f"/studies/{uid}/weasis.xml", host="images.example")
    assert etree.fromstring(answer.content)[0].get("baseUrl") == "http://images.example/wado"
    odd = lists.ask(f"/studies/{uid}/weasis.xml", host='"><script>')
    assert "<script" not in odd.text


def test_what_has_not_changed_is_not_sent_again(samples: Path, tmp_path: Path) -> None:
    """Each list has its own strong entity tag, which changes with an object; HEAD has the length."""
    lists = Lists(tmp_path, sorted(samples.glob("head/2-*.dcm")))
    row = lists.index.studies(offset=0, limit=1)[0]
    path = f"/studies/{row.study_instance_uid}/ohif.json"
    answer = lists.ask(path, accept_encoding="identity")
    tag = answer.headers["etag"]
    identity = {"accept_encoding": "identity"}
    assert lists.ask(path, if_none_match=tag, **identity).status_code == 304
    assert lists.ask(path, if_none_match=tag, host="other.example").status_code == 200
    assert lists.ask(path.replace("ohif.json", "weasis.xml"), if_none_match=tag).status_code == 200
    head = lists.ask(path, "HEAD", **identity)
    assert (head.headers["content-length"], head.content) == (str(len(answer.content)), b"")
    assert head.headers["etag"] == tag
    assert lists.ask(path, "OPTIONS").status_code == 204
    assert lists.ask(path, "POST").status_code == 405
    lists.index.write([read_file(lists.store, str(samples / "head/3-sr-01.dcm"))])
    assert lists.ask(path, if_none_match=tag).status_code == 200
    lists.index.close()


def test_lists_come_compressed(lists: Lists, objects: dict[str, FileDataset]) -> None:
    """By gzip where that is taken, in half the bytes or less, with a tag of its own; else as they are."""
    uid = next(dataset for dataset in objects.values() if dataset.Modality == "CT").StudyInstanceUID
    for viewer in ("ohif.json", "weasis.xml"):
        plain, packed = (
            lists.ask(f"/studies/{uid}/{viewer}", accept_encoding=coding) for coding in ("identity", "gzip")
        )
        assert plain.content == packed.content
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["vary"] == "Accept-Encoding"
        assert plain.headers["etag"] != packed.headers["etag"]
        assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
        again = lists.ask(f"/studies/{uid}/{viewer}", accept_encoding="gzip", if_none_match=packed.headers["etag"])
        assert again.status_code == 304


@pytest.mark.parametrize("is_remote", [False, True])
def test_an_object_that_cannot_be_read_is_listed_with_what_is_known(tmp_path: Path, *, is_remote: bool) -> None:
    """The index knows how to ask for it and how large it is; its geometry is not guessed. The others stay in order."""
    files = [
        write_object(tmp_path / f"{n}.dcm", f"1.2.3.1.1.{n}", PixelSpacing=[n, n], InstanceNumber=n)
        for n in range(1, 9)
    ]
    lists = Lists(tmp_path, files, is_remote=is_remote)
    files[3].unlink()
    study = lists.study("/studies/1.2.3.1/ohif.json")
    told = [one["metadata"] for one in instances(study)]
    assert [one.get("PixelSpacing") for one in told] == [None if n == 4 else [n, n] for n in range(1, 9)]
    assert [one["InstanceNumber"] for one in told] == list(range(1, 9))
    assert (told[3]["Rows"], told[3]["SOPInstanceUID"]) == (4, "1.2.3.1.1.4")
    lists.index.close()


def test_frames_with_attributes_of_their_own(tmp_path: Path) -> None:
    """An enhanced object tells its functional groups once."""
    lists = Lists(tmp_path, [write_enhanced_object(tmp_path / "a.dcm", "1.2.3.1.1.1", [1.0, 2.0, 3.0])])
    entries = instances(lists.study("/studies/1.2.3.1/ohif.json"))
    groups = entries[0]["metadata"]["PerFrameFunctionalGroupsSequence"]
    assert [group["PixelValueTransformationSequence"][0]["RescaleSlope"] for group in groups] == [1, 2, 3]
    assert [len(entry["metadata"]) > 3 for entry in entries] == [True, False, False]
    lists.index.close()


def test_palettes_and_other_forms(tmp_path: Path) -> None:
    """A palette comes along; of a document and a video the address of their own form does."""
    red = bytes(range(256))
    file = write_object(
        tmp_path / "a.dcm",
        "1.2.3.1.1.1",
        InstanceNumber=1,
        PhotometricInterpretation="PALETTE COLOR",
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelData=bytes(16),
        elements=[
            (0x00281101, "US", [256, 0, 8]),
            (0x00281102, "US", [256, 0, 8]),
            (0x00281103, "US", [256, 0, 8]),
            (0x00281201, "OW", red),
            (0x00281202, "OW", red),
            (0x00281203, "OW", red),
        ],
    )
    document = write_object(
        tmp_path / "b.dcm",
        "1.2.3.1.1.2",
        SOPClassUID="1.2.840.10008.5.1.4.1.1.104.1",
        MIMETypeOfEncapsulatedDocument="application/pdf",
        EncapsulatedDocument=b"%PDF-1.4",
        InstanceNumber=2,
    )
    lists = Lists(tmp_path, [file, document])
    image, pdf = (one["metadata"] for one in instances(lists.study("/studies/1.2.3.1/ohif.json")))
    assert image["RedPaletteColorLookupTableDescriptor"] == [256, 0, 8]
    assert len(image["RedPaletteColorLookupTableData"]["InlineBinary"]) == 684
    assert pdf["EncapsulatedDocument"]["DirectRetrieveURL"].endswith("&contentType=application/pdf")
    lists.index.close()


def test_a_manifest_holds_any_text(tmp_path: Path) -> None:
    """Markup is text, characters that XML has not are none, and what an attribute cannot hold is left out."""
    lists = Lists(
        tmp_path,
        [
            write_object(
                tmp_path / "a.dcm",
                "1.2.3.1.1.1",
                PatientID="<&\">\x0b'",
                PatientName="=".join(["Very Long Name" * 4] * 2),
                PatientSex="U",
                StudyTime="101112.123456",
                elements=[(0x00081030, "LT", "d" * 65), (0x00080020, "LT", "2026.01.12"), (0x00080060, "LT", "A-B")],
                SeriesNumber=-3,
                InstanceNumber=5,
            )
        ],
    )
    root = etree.fromstring(lists.ask("/studies/1.2.3.1/weasis.xml").content)
    (patient,) = root.iterfind("{*}arcQuery/{*}Patient")
    assert sorted(patient.items()) == sorted(
        {"PatientID": "<&\"> '", "PatientName": "=".join(["Very Long Name" * 4] * 2)}.items()
    )
    assert sorted(patient[0].items()) == sorted({"StudyInstanceUID": "1.2.3.1", "StudyTime": "101112.123456"}.items())
    assert patient[0][0].get("SeriesNumber") == "-3"
    assert patient[0][0].get("Modality") is None
    assert patient[0][0][0].get("InstanceNumber") == "5"
    lists.index.close()


def test_bounds(lists: Lists, objects: dict[str, FileDataset], monkeypatch: pytest.MonkeyPatch) -> None:
    """More objects, frames or bytes than a list holds are refused, with what can be asked for instead."""
    cine = next(dataset for dataset in objects.values() if dataset.Modality == "US")
    path = f"/studies/{cine.StudyInstanceUID}/ohif.json"
    alone = f"/studies/{cine.StudyInstanceUID}/series/{cine.SeriesInstanceUID}/ohif.json"
    monkeypatch.setattr(viewer_study, "OBJECTS_MAX", 2)
    refused = lists.ask(path)
    assert refused.status_code == 400
    assert "ask for one series" in refused.text
    assert lists.ask(alone).status_code == 200
    monkeypatch.setattr(viewer_study, "FRAMES_MAX", 19)
    assert lists.ask(alone).status_code == 400
    monkeypatch.undo()
    monkeypatch.setattr(viewer_lists, "_BYTES_MAX", 1000)
    assert lists.ask(path).status_code == 400
    monkeypatch.undo()
    monkeypatch.setattr(viewer_lists, "_SECONDS_MAX", -1.0)
    busy = lists.ask(path)
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "60")
    monkeypatch.undo()
    monkeypatch.setattr(viewer_lists, "_WAITING_MAX", 0)
    assert lists.ask(path).status_code == 503


def test_the_page_leads_to_viewers(lists: Lists, objects: dict[str, FileDataset]) -> None:
    """A study's page has a link for each viewer, which holds the whole address of the list."""
    uid = next(iter(objects.values())).StudyInstanceUID
    page = etree.HTML(lists.ask(f"/studies/{uid}", accept="text/html").text)
    ohif, weasis = (link.get("href", "") for link in page.iterfind(".//p[@class='viewers']/a"))
    assert ohif.startswith("https://viewer.example/ohif/viewer/dicomjson?url=")
    assert dict(parse_qsl(urlsplit(ohif).query)) == {"url": f"{ORIGIN}/studies/{uid}/ohif.json"}
    assert unquote(weasis) == f'weasis://$dicom:get -w "{ORIGIN}/studies/{uid}/weasis.xml"'


def test_lists_can_be_switched_off(samples: Path, tmp_path: Path) -> None:
    """Then there are none, and no page leads to one."""
    lists = Lists(tmp_path, sorted(samples.glob("chest/*.dcm")))
    stores = Stores(lists.store, KeptFolder(tmp_path / "kept"))
    said = {"ohif_url": "https://viewer.example", "weasis_links": True}
    on, off = (convert({"viewer_lists": wish, **said}) for wish in (True, False))
    assert len(list_routes_of(on, lists.index, stores)) == 4
    assert list_routes_of(off, lists.index, stores) == []
    assert viewers_of(on) == Viewers("https://viewer.example", has_weasis=True)
    assert viewers_of(off) == NO_VIEWERS
    lists.index.close()
