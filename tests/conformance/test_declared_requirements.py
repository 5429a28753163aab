"""Requirements that the conformance statement declares, and that no other test shows."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import imagecodecs
import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    PseudoColorSoftcopyPresentationStateStorage,
)

from made_objects import write_object
from made_profiles import srgb_profile
from made_states import SERIES, STATES, STUDY, write_state
from openwado.archive.archive import Archive
from openwado.archive.file_store import FileStore, key_of
from openwado.archive.sqlite import SqliteIndex
from openwado.assemble import RENDERER_VERSION, retriever_of
from openwado.config import Settings
from openwado.errors import BadRequest, Forbidden, NotAcceptable, NotFound, NotSupported, Unavailable
from openwado.ingest import read_file
from openwado.jobs import ObjectJob
from openwado.lanes import RetrieveLimits
from openwado.object_files import write_object as write_sent_object
from openwado.produce import produce
from openwado.protocol.charset import object_charset
from openwado.protocol.parameters import ANNOTATION_SWITCH
from openwado.protocol.request import parse_request
from openwado.retrieve import Retriever
from openwado.server.problems import RequestTimeout, TooManyRequests, answer_of

if TYPE_CHECKING:
    from pathlib import Path

    from openwado.errors import WadoError
    from openwado.retrieve import Prepared

IMAGE, STATE = "1.2.30.1.1", "1.2.30.2.1"
DICOM = {"contentType": "application/dicom"}


class Served:
    """Objects in a folder, and an index of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = FileStore()
        self._index = SqliteIndex(folder / "index.sqlite")
        self.archive = Archive(self._index, self.store, lambda _key: None)

    def add(self, path: Path) -> None:
        """Index a file."""
        note = read_file(self.store, key_of(path))
        assert note.reading is not None, note.reason
        self._index.write([note])

    def prepare(self, uids: tuple[str, str, str] = (STUDY, SERIES, IMAGE), **parameters: str) -> Prepared:
        """Prepare a request."""
        return retriever_of(Settings(data=str(self.folder)), self.archive).prepare(query(uids, parameters), None, None)

    def sent(self, **parameters: str) -> pydicom.Dataset:
        """Return the object as it leaves."""
        job = self.prepare((STUDY, SERIES, IMAGE), **(DICOM | parameters)).job
        assert isinstance(job, ObjectJob)
        out = io.BytesIO()
        write_sent_object(job, self.store, out)
        return pydicom.dcmread(io.BytesIO(out.getvalue()))


def query(uids: tuple[str, str, str], parameters: dict[str, str]) -> str:
    """Return a query."""
    named = dict(zip(("studyUID", "seriesUID", "objectUID"), uids, strict=True))
    return urlencode({"requestType": "WADO", **named, **parameters})


@pytest.fixture
def served(tmp_path: Path) -> Served:
    """Give an index with one image in it."""
    found = Served(tmp_path)
    found.add(write_object(tmp_path / "image.dcm", IMAGE, STUDY, SERIES))
    return found


@pytest.mark.parametrize("uid", [STUDY, SERIES])
def test_req_uri_8_1_4_6_object_uid_of_something_else(served: Served, uid: str) -> None:
    """REQ-URI-8.1.4-6: an objectUID that names the study or the series is not found."""
    assert served.prepare().media_type == "image/jpeg"
    with pytest.raises(NotFound):
        served.prepare((STUDY, SERIES, uid))


@pytest.mark.parametrize("stored", [ImplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian])
@pytest.mark.parametrize("asked", [None, "*", ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_req_uri_8_2_11_1_two_syntaxes_are_never_sent(tmp_path: Path, stored: str, asked: str | None) -> None:
    """REQ-URI-8.2.11-1: Implicit VR Little Endian and Explicit VR Big Endian are not sent, stored or asked for."""
    path = write_object(tmp_path / "image.dcm", IMAGE, STUDY, SERIES)
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.UID(stored)
    implicit, little = stored == ImplicitVRLittleEndian, stored != ExplicitVRBigEndian
    pydicom.dcmwrite(path, dataset, implicit_vr=implicit, little_endian=little, force_encoding=True)
    served = Served(tmp_path)
    served.add(path)
    sent = served.sent(**({} if asked is None else {"transferSyntax": asked}))
    assert sent.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert sent.Rows == 4


def test_d_19_lossy_pixels_leave_native(tmp_path: Path) -> None:
    """D-19: what is stored with loss is decompressed where transferSyntax says nothing, and goes on saying so."""
    path = write_object(tmp_path / "image.dcm", IMAGE, STUDY, SERIES)
    dataset = pydicom.dcmread(path)
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.LossyImageCompression = "01"
    stream = bytes(imagecodecs.jpeg8_encode(np.full((4, 4), 100, np.uint8)))
    dataset.PixelData = encapsulate([stream])
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    dataset.save_as(path)
    served = Served(tmp_path)
    served.add(path)
    sent = served.sent()
    assert sent.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert sent.LossyImageCompression == "01"
    assert (sent.pixel_array == 100).all()
    assert served.sent(transferSyntax="*").file_meta.TransferSyntaxUID == JPEGBaseline8Bit


def test_req_uri_8_1_7_5_a_server_that_cannot_anonymize_refuses(served: Served) -> None:
    """REQ-URI-8.1.7-5: where anonymizing is not there the request is refused; the original is not sent instead."""
    limits = RetrieveLimits(max_output_pixels=1000, plain_lane_pixels=1000)
    retriever = Retriever(served.archive, service_path="/wado", renderer_version=RENDERER_VERSION, limits=limits)
    uids = (STUDY, SERIES, IMAGE)
    assert retriever.prepare(query(uids, DICOM), None, None).media_type == "application/dicom"
    with pytest.raises(NotSupported) as refused:
        retriever.prepare(query(uids, DICOM | {"anonymize": "yes"}), None, None)
    assert refused.value.parameter == "anonymize"


def test_req_uri_8_2_1_8_further_keywords_are_off_by_default() -> None:
    """REQ-URI-8.2.1-8: our own words of annotation are unknown until the setting names them."""
    words = query((STUDY, SERIES, IMAGE), {"annotation": "patient,orientation,scale"})
    plain = parse_request(words)
    assert plain.annotation == ("patient",)
    assert any("orientation" in warning and "scale" in warning for warning in plain.warnings)
    extended = parse_request(words, frozenset({ANNOTATION_SWITCH}))
    assert set(extended.annotation or ()) == {"patient", "orientation", "scale"}
    assert extended.warnings == ()


def test_req_web_8_3_5_1_6_a_state_itself_is_no_picture(served: Served) -> None:
    """REQ-WEB-8.3.5.1.6: a presentation state that is asked for itself is DICOM; a picture of it is refused."""
    served.add(write_state(served.folder / "state.dcm", STATE, IMAGE))
    uids = (STUDY, STATES, STATE)
    assert served.prepare(uids).media_type == "application/dicom"
    assert served.prepare(uids, contentType="text/plain").media_type == "text/plain"
    with pytest.raises(NotAcceptable):
        served.prepare(uids, contentType="image/jpeg")


def test_req_uri_8_2_9_12_the_profile_of_a_state_goes_with_the_picture(served: Served) -> None:
    """REQ-URI-8.2.9-12: a picture that a state makes coloured has the ICC profile of the state."""
    palette: dict[str, Any] = {}
    for color in ("Red", "Green", "Blue"):
        palette[f"{color}PaletteColorLookupTableDescriptor"] = [2, 0, 8]
        palette[f"{color}PaletteColorLookupTableData"] = np.array([0, 255], "<u2").tobytes()
    profile = srgb_profile()
    state = write_state(
        served.folder / "state.dcm",
        STATE,
        IMAGE,
        PseudoColorSoftcopyPresentationStateStorage,
        ICCProfile=profile + bytes(len(profile) % 2),
        **palette,
    )
    served.add(state)
    prepared = served.prepare(contentType="image/png", presentationUID=STATE, presentationSeriesUID=STATES)
    (png,) = produce(prepared.job, served.store).parts
    assert isinstance(png, bytes)
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.mode == "RGB"
        assert picture.info["icc_profile"] == profile


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (BadRequest("x"), "permanent"),
        (NotFound("x"), "permanent"),
        (Forbidden("x"), "permanent"),
        (NotSupported("x"), "permanent"),
        (Unavailable("x"), "temporary"),
        (TooManyRequests(3), "temporary"),
        (RequestTimeout("x"), "temporary"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_req_web_8_5_1_errors_say_whether_they_are_temporary(error: WadoError, word: str) -> None:
    """REQ-WEB-8.5-1: the body of an error says what was wrong, and whether the same request may succeed later."""
    for accept in (None, "text/html"):
        body = answer_of(error, accept).body.decode()
        assert error.public in body
        assert word in body


def test_req_web_8_8_4_1_objects_stay_in_their_stored_set() -> None:
    """REQ-WEB-8.8.4-1: an object whose Accept-Charset names nothing that is known leaves as it is stored."""
    assert object_charset(None, "klingon", ("ISO_IR 100",)) is None
    assert object_charset(None, "utf-8", ("ISO_IR 100",)) == "UTF-8"
