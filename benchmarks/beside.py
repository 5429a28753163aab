"""What works here and in Orthanc with its DICOMweb plugin: the same requests to both, judged by what comes back.

    python benchmarks/beside.py            # prints the table of docs/beside.md
    python benchmarks/beside.py --write    # puts it there

Both serve the sample objects, and a few made of them. Debian packages: orthanc, orthanc-dicomweb.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
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
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    Query = Mapping[str, str | int]
    Judge = Callable[["Server"], str]

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "beside.md"
BLOCK: Final = re.compile(r"(<!-- table: written by benchmarks/beside.py -->\n).*?(<!-- end -->)", re.DOTALL)
PLUGIN: Final = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
YES: Final = "yes"

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


def of_type(name: str, media_type: str, magic: bytes, unescaped: str = "/") -> Judge:
    """Judge whether an answer is what it is called."""

    def judge(server: Server) -> str:
        answer = server.ask(name, {"contentType": media_type}, unescaped=unescaped)
        if answer.status_code != 200:
            return str(answer.status_code)
        said = answer.headers.get("content-type", "").partition(";")[0]
        if said != media_type:
            return f"that, called {said}" if magic in answer.content[:600] else f"{said} instead"
        return YES if magic in answer.content[:600] else "called so, and is not"

    return judge


def changes(name: str, before: Query, after: Query) -> Judge:
    """Judge whether a parameter acts."""

    def judge(server: Server) -> str:
        one, other = server.picture(name, before), server.picture(name, after)
        if isinstance(one, str) or isinstance(other, str):
            return str(other if isinstance(other, str) else one)
        return "ignored" if one.shape == other.shape and np.array_equal(one, other) else YES

    return judge


def size(name: str, wanted: tuple[int, int], query: Query) -> Judge:
    """Judge whether a picture has rows and columns."""

    def judge(server: Server) -> str:
        found = server.picture(name, query)
        return found if isinstance(found, str) else YES if found.shape[:2] == wanted else "ignored"

    return judge


def status(name: str, wanted: int, query: Query) -> Judge:
    """Judge a status."""

    def judge(server: Server) -> str:
        found = server.ask(name, query).status_code
        return YES if found == wanted else str(found)

    return judge


def default_jpeg(server: Server) -> str:
    """Judge what an image is where nothing is said."""
    answer = server.ask(CT)
    said = answer.headers.get("content-type", "")
    if answer.status_code != 200:
        return str(answer.status_code)
    is_jpeg = answer.content[:3] == b"\xff\xd8\xff"
    if said != "image/jpeg":
        return f"that, called {said}" if is_jpeg else f"{said} instead"
    return YES if is_jpeg else "called so, and is not"


def region(server: Server) -> str:
    """Judge whether a region is that part of the image, and not another."""
    whole, part = server.picture(CT), server.picture(CT, {"region": "0.5,0,1,0.5"})
    if isinstance(whole, str) or isinstance(part, str):
        return str(part)
    if part.shape == whole.shape:
        return "ignored"
    wanted = whole[: whole.shape[0] // 2, whole.shape[1] // 2 :]
    return YES if part.shape == wanted.shape and np.abs(part - wanted).mean() < 3 else "another part"


def shows_something(server: Server) -> str:
    """Judge an image whose object has no window."""
    found = server.picture(NO_WINDOW)
    return found if isinstance(found, str) else YES if found.std() > 10 else "black or flat"


def anonymized(server: Server) -> str:
    """Judge whether the name is gone."""
    answer = server.ask(CT, {"contentType": "application/dicom", "anonymize": "yes"})
    if answer.status_code != 200:
        return str(answer.status_code)
    return "200, with the name inside" if b"Phantom" in answer.content else YES


def syntax(name: str, wanted: str, query: Query | None = None) -> Judge:
    """Judge in which transfer syntax an object comes."""

    def judge(server: Server) -> str:
        answer = server.ask(name, {"contentType": "application/dicom", **(query or {})})
        if answer.status_code != 200:
            return str(answer.status_code)
        found = pydicom.dcmread(io.BytesIO(answer.content), stop_before_pixels=True).file_meta.TransferSyntaxUID
        return YES if found == wanted else f"{found.name} instead"

    return judge


def tagged(server: Server) -> str:
    """Judge whether who has a picture is told so."""
    answer = server.ask(CT)
    tag = answer.headers.get("etag")
    if tag is None:
        return "no entity tag"
    again = server.ask(CT, fields={"If-None-Match": tag})
    return YES if again.status_code == 304 else str(again.status_code)


def preflight(server: Server) -> str:
    """Judge whether a viewer of another origin may ask; here cors_origins names it."""
    fields = {"Origin": "https://viewer.example", "Access-Control-Request-Method": "GET"}
    answer = server.ask(CT, method="OPTIONS", fields=fields)
    return YES if answer.headers.get("access-control-allow-origin") else f"{answer.status_code}, no permission"


def animated(media_type: str) -> Judge:
    """Judge whether all frames move."""

    def judge(server: Server) -> str:
        answer = server.ask(RUN, {"contentType": media_type})
        if answer.status_code != 200:
            return str(answer.status_code)
        with suppress(OSError), Image.open(io.BytesIO(answer.content)) as picture:
            frames = getattr(picture, "n_frames", 1)
            return YES if frames == int(server.objects[RUN].NumberOfFrames) else f"{frames} frame"
        return YES if answer.content[4:8] == b"ftyp" else "something else"

    return judge


def state_query(objects: dict[str, pydicom.Dataset]) -> Query:
    """Return the parameters that name the presentation state."""
    state = objects[STATE]
    return {"presentationUID": state.SOPInstanceUID, "presentationSeriesUID": state.SeriesInstanceUID}


def questions(objects: dict[str, pydicom.Dataset]) -> dict[str, Judge]:
    """Return what is asked, and how the answers are judged."""
    return {
        "an image, nothing else: JPEG": default_jpeg,
        "`contentType=image/jpeg`": of_type(CT, "image/jpeg", b"\xff\xd8\xff"),
        "… `image/png`": of_type(CT, "image/png", b"\x89PNG"),
        "… written `image%2Fpng`": of_type(CT, "image/png", b"\x89PNG", ""),
        "… `image/gif`": of_type(CT, "image/gif", b"GIF8"),
        "… `image/jp2`": of_type(CT, "image/jp2", b"jP  "),
        "`rows`, `columns`": size(CT, (100, 100), {"rows": 100, "columns": 200}),
        "`region`": region,
        "`windowCenter`, `windowWidth`": changes(CT, {}, {"windowCenter": 500, "windowWidth": 2000}),
        "`frameNumber`": changes(
            RUN, {"contentType": "image/jpeg", "frameNumber": 1}, {"contentType": "image/jpeg", "frameNumber": 8}
        ),
        "… beyond the last is 400": status(RUN, 400, {"contentType": "image/jpeg", "frameNumber": 99}),
        "`imageQuality`": changes(CT, {"imageQuality": 5}, {"imageQuality": 95}),
        "`annotation`": changes(CT, {}, {"annotation": "patient"}),
        "`presentationUID`": changes(CT, {}, state_query(objects)),
        "an image without a stored window is seen": shows_something,
        "window function SIGMOID": changes_of_objects(LINEAR, SIGMOID),
        "an animation (GIF)": animated("image/gif"),
        "a video (MP4)": animated("video/mp4"),
        "a report as a page": of_type(SR, "text/html", b"<"),
        "a report as PDF": of_type(SR, "application/pdf", b"%PDF"),
        "an electrocardiogram as a picture": of_type(ECG, "image/svg+xml", b"<svg"),
        "`application/dicom` as stored": syntax(J2K, "1.2.840.10008.1.2.4.90", {"transferSyntax": "*"}),
        "… in Explicit VR Little Endian without `transferSyntax`": syntax(J2K, "1.2.840.10008.1.2.1"),
        "… in JPEG-LS": syntax(CT, "1.2.840.10008.1.2.4.80", {"transferSyntax": "1.2.840.10008.1.2.4.80"}),
        "… `anonymize=yes`": anonymized,
        "HEAD": lambda server: (
            YES if server.ask(CT, method="HEAD").status_code == 200 else str(server.ask(CT, method="HEAD").status_code)
        ),
        "304 for a picture that is known": tagged,
        "CORS for viewers in script": preflight,
    }


def changes_of_objects(one: str, other: str) -> Judge:
    """Judge whether two objects that differ in one attribute look different."""

    def judge(server: Server) -> str:
        first, second = server.picture(one), server.picture(other)
        if isinstance(first, str) or isinstance(second, str):
            return str(second)
        return "ignored" if np.array_equal(first, second) else YES

    return judge


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


def main() -> None:
    """Ask both."""
    arguments = argparse.ArgumentParser(description="What works here and in Orthanc.")
    arguments.add_argument("--write", action="store_true", help="put the table into docs/beside.md")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="openwado-beside-") as name:
        folder = Path(name)
        objects = objects_in(folder / "objects")
        with openwado(folder, objects) as ours, orthanc(folder, objects) as theirs:
            lines = [f"| asked for | {ours.name} | {theirs.name} |", "|---|---|---|"]
            lines += [f"| {what} | {judge(ours)} | {judge(theirs)} |" for what, judge in questions(objects).items()]
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    table = "\n".join([f"Asked on {today}.", "", *lines])
    print(table)
    if given.write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(BLOCK.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", page), encoding="utf-8")


if __name__ == "__main__":
    main()
