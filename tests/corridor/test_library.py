"""openwado in a program: what it returns is what the server answers, byte for byte."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from pydicom.uid import JPEGLSLossless

import openwado
from openwado.config import Settings
from serving import wado_parameters

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("corridor")

#: Of each object: what is asked for, as a program says it and as a URL does.
WISHES: tuple[tuple[str, dict[str, openwado.library.Value], dict[str, str]], ...] = (
    ("1-ct-01.dcm", {}, {}),
    (
        "1-ct-01.dcm",
        {"contentType": "image/png", "windowCenter": 40, "windowWidth": 400, "region": (0.25, 0, 0.75, 0.5)},
        {"contentType": "image/png", "windowCenter": "40", "windowWidth": "400", "region": "0.25,0,0.75,0.5"},
    ),
    (
        "1-ct-01.dcm",
        {"contentType": "application/dicom", "transferSyntax": JPEGLSLossless},
        {"contentType": "application/dicom", "transferSyntax": JPEGLSLossless},
    ),
    ("1-us-01.dcm", {"contentType": "image/gif"}, {"contentType": "image/gif"}),
    (
        "1-us-01.dcm",
        {"frameNumber": 7, "annotation": ("patient", "technique")},
        {"frameNumber": "7", "annotation": "patient,technique"},
    ),
    ("3-sr-01.dcm", {}, {}),
    ("3-sr-01.dcm", {"contentType": "application/pdf"}, {"contentType": "application/pdf"}),
    ("2-ecg-01.dcm", {"contentType": "image/svg+xml"}, {"contentType": "image/svg+xml"}),
)


@pytest.fixture(scope="module")
def server(start_server: Callable[..., RunningServer], samples: Path) -> RunningServer:
    """Return a server of the sample objects."""
    return start_server(samples, "--workers", "1")


def sample(samples: Path, name: str) -> Path:
    """Return the path of a sample object."""
    return next(samples.rglob(name))


@pytest.mark.parametrize(("name", "parameters", "query"), WISHES)
def test_answers_are_those_of_the_server(
    server: RunningServer,
    samples: Path,
    name: str,
    parameters: dict[str, openwado.library.Value],
    query: dict[str, str],
) -> None:
    """Bytes and content type, of pictures, objects, animations and documents."""
    images = samples.rglob("1-ct-*.dcm") if name == "3-sr-01.dcm" else ()  # a report shows what it refers to
    with openwado.open_object(sample(samples, name), beside=images) as opened:
        made = opened.get(**parameters)
        record = opened.record
    uids = record.study_instance_uid, record.series_instance_uid, record.sop_instance_uid
    answer = server.client.get("/wado", params=wado_parameters(uids) | query, headers={"Accept": "*/*"})
    assert answer.status_code == 200
    assert made.data == answer.content
    assert made.content_type == answer.headers["content-type"]


def test_an_array_is_what_is_shown(samples: Path) -> None:
    """Grey as rows by columns, colour with red, green and blue; sixteen bits where they are asked for."""
    with openwado.open_object(sample(samples, "1-ct-01.dcm")) as ct:
        stored = pydicom.dcmread(sample(samples, "1-ct-01.dcm"))
        hounsfield = stored.pixel_array * float(stored.RescaleSlope) + float(stored.RescaleIntercept)
        shown = ct.array(windowCenter=40, windowWidth=400)
        assert (shown.shape, shown.dtype) == (hounsfield.shape, np.dtype(np.uint8))
        assert np.all(shown[hounsfield <= 40 - 0.5 - 399 / 2] == 0)  # PS3.3 C.11.2.1.2.1
        assert np.all(shown[hounsfield > 40 - 0.5 + 399 / 2] == 255)
        assert ct.array(rows=100, columns=50, bitDepth=16).dtype == np.uint16
        with pytest.raises(TypeError, match="contentType"):
            ct.array(contentType="image/png")
    with openwado.open_object(sample(samples, "1-us-01.dcm")) as loop:
        assert loop.array(frameNumber=2).shape[2:] == (3,)
        assert not np.array_equal(loop.array(frameNumber=2), loop.array(frameNumber=9))


def test_bytes_and_data_sets_are_objects_too(samples: Path) -> None:
    """The same picture, from a file, from its bytes and from pydicom's data set."""
    path = sample(samples, "1-ct-01.dcm")
    whole = path.read_bytes()
    pictures = set()
    for source in (str(path), whole, pydicom.dcmread(io.BytesIO(whole))):
        with openwado.open_object(source) as opened:
            pictures.add(opened.get(contentType="image/png").data)
    assert len(pictures) == 1


def test_a_notebook_shows_what_it_can(samples: Path) -> None:
    """A picture of an image, a page of a report, words for anything else; none of them says a name in words."""
    with openwado.open_object(sample(samples, "1-ct-01.dcm")) as ct:
        assert set(ct._repr_mimebundle_()) == {"text/plain", "image/png"}
        assert set(ct.get()._repr_mimebundle_()) == {"text/plain", "image/jpeg"}
        assert set(ct.get(contentType="application/dicom")._repr_mimebundle_()) == {"text/plain"}
        assert "Phantom" not in repr(ct)
    with openwado.open_object(sample(samples, "3-sr-01.dcm")) as report:
        assert "<h1" in report._repr_mimebundle_()["text/html"]
        assert report.get(contentType="text/plain").text
        with pytest.raises(ValueError, match="no text"):
            _ = report.get(contentType="application/pdf").text


def test_what_is_wrong_is_said(samples: Path, tmp_path: Path) -> None:
    """A parameter that is none, a value that is none, a file that is no object, and one that is not there."""
    with openwado.open_object(sample(samples, "1-ct-01.dcm")) as ct:
        with pytest.raises(TypeError, match="windowCenter"):
            ct.get(window_center=40)
        with pytest.raises(openwado.WadoError) as refused:
            ct.get(windowCenter="bright", windowWidth=1)
        assert refused.value.parameter == "windowCenter"
        with pytest.raises(TypeError, match="objectUID"):
            ct.get(objectUID="1.2.3")
    with pytest.raises(openwado.NoObject):
        openwado.open_object(b"no object")
    with pytest.raises(FileNotFoundError):
        openwado.open_object(tmp_path / "missing.dcm")


def test_anonymized_by_the_key_of_the_settings(samples: Path, tmp_path: Path) -> None:
    """An object without who it is about has the UIDs that the server with these settings gives it, time after time."""
    made = []
    for _ in range(2):
        with openwado.open_object(sample(samples, "1-ct-01.dcm"), settings=Settings(data=str(tmp_path))) as ct:
            made.append(pydicom.dcmread(io.BytesIO(ct.get(contentType="application/dicom", anonymize=True).data)))
    assert made[0].SOPInstanceUID == made[1].SOPInstanceUID
    assert "Phantom" not in str(made[0].PatientName)


def test_nothing_is_left_behind(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file, and no process."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with openwado.open_object(sample(samples, "1-ct-01.dcm").read_bytes()) as ct:
        ct.get()
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_importing_it_is_cheap() -> None:
    """The server's processes import the package for its parts: the library is imported when it is asked for."""
    program = (
        "import sys, openwado; assert 'numpy' not in sys.modules; openwado.open_object; assert 'numpy' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
    with pytest.raises(AttributeError, match="nothing"):
        _ = openwado.nothing
