"""Objects over a real socket in the transfer syntax and the character set that are asked for (PS3.18 8.2.11, 8.1.6)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
)

from corpus_files import as_read
from serving import wado_parameters

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("corridor")

UIDS = ("1.2.826.0.1.3680043.2.1125.1", "1.2.826.0.1.3680043.2.1125.1.1", "1.2.826.0.1.3680043.2.1125.1.1.1")
BASELINE = "1.2.840.10008.1.2.4.50"
ENCODED = {"RLE": "1.2.840.10008.1.2.5", "JPEG-LS": "1.2.840.10008.1.2.4.80", "JPEG 2000": "1.2.840.10008.1.2.4.90"}
CELLS = (np.add.outer(np.arange(5) * 20, np.add.outer(np.arange(33), np.arange(47) * 2)) % 256).astype(np.uint8)


@pytest.fixture(scope="module")
def server(start_server: Callable[..., RunningServer], tmp_path_factory: pytest.TempPathFactory) -> RunningServer:
    """Start the command on one multi-frame object of five frames of an odd number of bytes."""
    folder = tmp_path_factory.mktemp("sent")
    write(folder / "cine.dcm")
    return start_server(folder)


def write(path: Path) -> None:
    """Write the object."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = MultiFrameGrayscaleByteSecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = UID(UIDS[2])
    data_set = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    data_set.SpecificCharacterSet = "ISO_IR 100"
    data_set.SOPClassUID, data_set.SOPInstanceUID = meta.MediaStorageSOPClassUID, UIDS[2]
    data_set.StudyInstanceUID, data_set.SeriesInstanceUID = UIDS[:2]
    data_set.Modality, data_set.PatientName, data_set.PatientID = "OT", "Müller^Jürgen", "PID-4711-X"
    data_set.ImageType = ["ORIGINAL", "PRIMARY"]
    data_set.BurnedInAnnotation = "NO"
    data_set.NumberOfFrames, data_set.Rows, data_set.Columns = CELLS.shape
    data_set.SamplesPerPixel, data_set.PhotometricInterpretation = 1, "MONOCHROME2"
    data_set.BitsAllocated, data_set.BitsStored, data_set.HighBit, data_set.PixelRepresentation = 8, 8, 7, 0
    data_set.PixelData = CELLS.tobytes() + bytes(CELLS.size % 2)
    data_set["PixelData"].VR = "OB"
    data_set.save_as(path, enforce_file_format=True)


def asked(server: RunningServer, **parameters: str) -> httpx.Response:
    """Ask for the object."""
    return server.wado(UIDS, contentType="application/dicom", **parameters)


def frames_of(data: bytes) -> np.ndarray:
    """Return all frames of an object."""
    found = as_read(data)
    return np.stack([found.frame(number).cells for number in range(1, len(CELLS) + 1)])


@pytest.mark.parametrize("syntax", ENCODED.values(), ids=list(ENCODED))
def test_req_uri_8_2_11_3_encoded_objects(server: RunningServer, syntax: str) -> None:
    """REQ-URI-8.2.11-3: the file is in the syntax asked for, (0002,0010) says so, and every frame is exact."""
    response = asked(server, transferSyntax=syntax)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/dicom"
    assert int(response.headers["content-length"]) == len(response.content)
    assert pydicom.dcmread(io.BytesIO(response.content)).file_meta.TransferSyntaxUID == syntax
    np.testing.assert_array_equal(frames_of(response.content), CELLS)


@pytest.mark.parametrize("syntax", [*ENCODED.values(), "1.2.840.10008.1.2.1.99"])
def test_8_5_ranges_head_and_tags_of_encoded_objects(server: RunningServer, syntax: str) -> None:
    """REQ-HTTP: what is made beforehand has ranges, a HEAD and a tag like any other answer."""
    whole = asked(server, transferSyntax=syntax)
    url, size = whole.request.url, len(whole.content)
    for first, last in ((0, 0), (100, 900), (size - 50, size - 1)):
        part = server.client.get(url, headers={"Range": f"bytes={first}-{last}", "If-Range": whole.headers["etag"]})
        assert part.status_code == 206
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
        assert part.content == whole.content[first : last + 1]
    assert server.client.get(url, headers={"Range": f"bytes={size}-"}).status_code == 416
    head = server.client.head(url)
    assert head.content == b""
    for name in ("content-type", "content-length", "etag"):
        assert head.headers[name] == whole.headers[name]
    confirmed = server.client.get(url, headers={"If-None-Match": whole.headers["etag"]})
    assert (confirmed.status_code, confirmed.content) == (304, b"")
    assert asked(server, transferSyntax="1.2.840.10008.1.2.1").headers["etag"] != whole.headers["etag"]


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", *ENCODED.values()])
def test_req_uri_8_1_6_3_charset_and_transfer_syntax_together(server: RunningServer, syntax: str) -> None:
    """REQ-URI-8.1.6-3, 8.2.11-3: both are done, and neither shares a tag with the other alone."""
    alone = asked(server, transferSyntax=syntax)
    both = asked(server, transferSyntax=syntax, charset="UTF-8")
    assert both.status_code == 200, both.text
    read = pydicom.dcmread(io.BytesIO(both.content))
    assert (read.SpecificCharacterSet, read.PatientName) == ("ISO_IR 192", "Müller^Jürgen")
    assert read.file_meta.TransferSyntaxUID == syntax
    np.testing.assert_array_equal(frames_of(both.content), CELLS)
    assert both.headers["etag"] != alone.headers["etag"]
    stored = asked(server, transferSyntax=syntax, charset="iso-8859-1,utf-8")
    assert stored.content == alone.content


def test_req_web_8_8_5_2_what_does_not_fit(server: RunningServer) -> None:
    """REQ-WEB-8.8.5-2: 406 that names the set, also by Accept-Charset, and for HEAD."""
    refused = asked(server, charset="US-ASCII")
    assert refused.status_code == 406
    assert "US-ASCII" in refused.text
    assert server.client.head(refused.request.url).status_code == 406
    parameters = wado_parameters(UIDS) | {"contentType": "application/dicom"}
    by_header = server.client.get("/wado", params=parameters, headers={"Accept-Charset": "iso-8859-8"})
    assert by_header.status_code == 406


def test_d11_a_syntax_that_is_not_possible(server: RunningServer) -> None:
    """D-11: what cannot be had leaves in Explicit VR Little Endian; D-12: a list is 400."""
    for impossible in ("1.2.840.10008.1.2", "1.2.840.10008.1.2.4.111", "1.2.840.10008.1.2.4.94"):
        read = pydicom.dcmread(io.BytesIO(asked(server, transferSyntax=impossible).content))
        assert read.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert asked(server, transferSyntax=",".join(ENCODED.values())).status_code == 400


def test_req_uri_8_2_8_quality_steers_a_lossy_syntax(server: RunningServer) -> None:
    """REQ-URI-8.2.8-3, TR-2, TR-6: imageQuality stands beside lossy syntaxes only; less is smaller."""
    low, high = (asked(server, transferSyntax=BASELINE, imageQuality=quality) for quality in ("10", "95"))
    assert len(low.content) < len(high.content)
    read = pydicom.dcmread(io.BytesIO(low.content))
    assert (read.LossyImageCompression, read.ImageType[0]) == ("01", "DERIVED")
    assert read.SOPInstanceUID != UIDS[2]
    assert asked(server, transferSyntax=ENCODED["RLE"], imageQuality="10").status_code == 400


def test_b4_anonymized_baseline_jpeg(server: RunningServer) -> None:
    """B.4: JPEG baseline, a new UID, (0012,0062) YES and (0028,2110) 01; nothing of the person is left."""
    response = asked(server, anonymize="yes", transferSyntax=BASELINE)
    assert response.status_code == 200, response.text
    read = pydicom.dcmread(io.BytesIO(response.content))
    assert read.file_meta.TransferSyntaxUID == BASELINE
    assert (read.PatientIdentityRemoved, read.LossyImageCompression) == ("YES", "01")
    assert read.SOPInstanceUID == read.file_meta.MediaStorageSOPInstanceUID != UIDS[2]
    for secret in ("Müller".encode("latin-1"), "Müller".encode(), b"PID-4711-X", *(uid.encode() for uid in UIDS)):
        assert secret not in response.content
    assert np.abs(frames_of(response.content).astype(int) - CELLS).max() < 40
