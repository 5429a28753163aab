"""Servers of the samples that are asked the same: this one, and Orthanc with its DICOMweb plugin."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import httpx
import numpy as np
import pydicom
from PIL import Image
from pydicom.uid import generate_uid

from openwado.samples import write_samples
from openwado.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    Query = Mapping[str, str | int]

PLUGIN: Final = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")

CT, STATE, CINE, RUN, SR, ECG = (
    "head/1-ct-04",
    "head/4-pr-01",
    "heart/1-us-01",
    "heart/3-xa-01",
    "head/3-sr-01",
    "heart/2-ecg-01",
)
NO_WINDOW, LINEAR, SIGMOID, J2K = "made/no-window", "made/linear", "made/sigmoid", "brain/2-mr-01"


@dataclass(frozen=True)
class Server:
    """A server that answers.

    Attributes:
        name: of it.
        url: of its WADO service.
        objects: the objects that it serves, by name.
    """

    name: str
    url: str
    objects: dict[str, pydicom.Dataset]

    def ask(
        self,
        name: str,
        query: Query | None = None,
        *,
        method: str = "GET",
        fields: dict[str, str] | None = None,
        unescaped: str = "/,*",
    ) -> httpx.Response:
        """Ask for an object; unescaped: characters that stand in the query as they are."""
        found = self.objects[name]
        uids = {
            "requestType": "WADO",
            "studyUID": found.StudyInstanceUID,
            "seriesUID": found.SeriesInstanceUID,
            "objectUID": found.SOPInstanceUID,
        }
        url = f"{self.url}?{urlencode({**uids, **(query or {})}, safe=unescaped)}"
        return httpx.request(method, url, headers=fields, timeout=60)

    def picture(self, name: str, query: Query | None = None) -> NDArray[np.int16] | str:
        """Return a picture as an array, or what came instead."""
        answer = self.ask(name, query)
        if answer.status_code != 200:
            return str(answer.status_code)
        try:
            with Image.open(io.BytesIO(answer.content)) as picture:
                return np.asarray(picture.convert("RGB"), np.int16)
        except OSError:
            return f"no picture, {answer.headers.get('content-type')}"


def objects_in(folder: Path) -> dict[str, pydicom.Dataset]:
    """Write the samples and what is made of them; return all by their names."""
    write_samples(folder)
    made = folder / "made"
    made.mkdir()
    for name, change in (
        (NO_WINDOW, {"WindowCenter": None, "WindowWidth": None}),
        (LINEAR, {"VOILUTFunction": "LINEAR"}),
        (SIGMOID, {"VOILUTFunction": "SIGMOID"}),
    ):
        found = pydicom.dcmread(folder / f"{CT}.dcm")
        for keyword, value in change.items():
            if value is None:
                delattr(found, keyword)
            else:
                setattr(found, keyword, value)
        found.SOPInstanceUID = found.file_meta.MediaStorageSOPInstanceUID = generate_uid(None)
        found.save_as(folder / f"{name}.dcm")
    return {
        path.relative_to(folder).with_suffix("").as_posix(): pydicom.dcmread(path, stop_before_pixels=True)
        for path in sorted(folder.rglob("*.dcm"))
    }


@contextmanager
def openwado(folder: Path, objects: dict[str, pydicom.Dataset]) -> Iterator[Server]:
    """Start this server."""
    command = [sys.executable, "-u", "-m", "openwado", "serve", str(folder / "objects"), "--port", "0"]
    settings = folder / "openwado.toml"
    settings.write_text('cors_origins = ["https://viewer.example"]\n')
    command += ["--data", str(folder / "data"), "--config", str(settings)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None  # noqa: S101 -- it is a pipe
    try:
        for line in process.stdout:
            found = re.search(r"page\s+(http\S+)/", line)
            if found:
                yield Server(f"openwado {__version__}", f"{found[1]}/wado", objects)
                break
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def orthanc(folder: Path, objects: dict[str, pydicom.Dataset]) -> Iterator[Server]:
    """Start Orthanc, and send it the objects."""
    port = 8142
    options = {
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "HttpPort": port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomServerEnabled": False,
        "Plugins": [str(PLUGIN)],
        "DicomWeb": {"Enable": True, "EnableWado": True, "WadoRoot": "/wado"},
    }
    (folder / "orthanc.json").write_text(json.dumps(options))
    program = shutil.which("Orthanc") or sys.exit("Orthanc is not installed (Debian: orthanc, orthanc-dicomweb)")
    process = subprocess.Popen(
        [program, str(folder / "orthanc.json")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        version = ""
        while not version:
            if process.poll() is not None:
                sys.exit("Orthanc ended before it answered")
            with suppress(httpx.TransportError):
                version = httpx.get(f"{url}/system").json()["Version"]
            time.sleep(0.1)
        plugin = httpx.get(f"{url}/plugins/dicom-web").json()["Version"]
        for path in sorted((folder / "objects").rglob("*.dcm")):
            httpx.post(f"{url}/instances", content=path.read_bytes(), timeout=60).raise_for_status()
        yield Server(f"Orthanc {version}, DICOMweb plugin {plugin}", f"{url}/wado", objects)
    finally:
        process.terminate()
        process.wait(60)
