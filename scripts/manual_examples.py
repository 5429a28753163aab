"""The examples of docs/parameters.md: requests for sample objects, and what the program answers."""

from __future__ import annotations

import io
import re
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import numpy as np
import pydicom
from PIL import Image, ImageSequence

from openwado.config import convert
from openwado.library import open_object
from openwado.samples import write_samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openwado.library import Answer, OpenObject

#: Where a server is that was started without anything said.
SERVER: Final = "http://127.0.0.1:8080/wado"

_SLICE, _STATE, _CHEST, _CINE, _RUN = (
    "head/1-ct-04.dcm",
    "head/4-pr-01.dcm",
    "chest/1-dx-01.dcm",
    "heart/1-us-01.dcm",
    "heart/3-xa-01.dcm",
)
_CHART, _REPORT, _BRAIN, _BONES = (
    "skeleton/2-ot-01.dcm",
    "head/3-sr-01.dcm",
    "brain/1-mr-02.dcm",
    "skeleton/1-nm-01.dcm",
)

_PET = "head/2-pt-02.dcm"

_SUFFIXES: Final = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/svg+xml": "svg"}

#: What is made with the server's own key.
_KEYED: Final = re.compile("(?<=ANON-)[0-9A-F]+")

#: What a picture made by other versions of the libraries may differ by and still show the same, in grey levels.
_ALIKE: Final = 2.0


@dataclass(frozen=True, slots=True)
class Example:
    """A request.

    Attributes:
        section: of the page: the name of a parameter.
        shows: what the answer shows, in words.
        sample: the object asked for.
        query: parameters beside the object's UIDs.
        words: makes text of the answer; None: it is a picture.
    """

    section: str
    shows: str
    sample: str
    query: dict[str, str]
    words: Callable[[Answer], str] | None = None


def _start_of_text(answer: Answer) -> str:
    lines = [line for line in answer.text.splitlines() if line.strip()]
    return "\n".join([f"Content-Type: {answer.content_type}", "", *lines[:5]])


def _who(answer: Answer) -> str:
    found = pydicom.dcmread(io.BytesIO(answer.data))
    names = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyDescription", "Modality")
    rows = [f"{name:24}{found.get(name, '(left out)') or '(empty)'}" for name in (*names, "PatientIdentityRemoved")]
    rows = [_KEYED.sub("…", row) for row in rows]
    return "\n".join([f"Content-Type: {answer.content_type}", "", *rows])


def _syntax(answer: Answer) -> str:
    found = pydicom.dcmread(io.BytesIO(answer.data), stop_before_pixels=True)
    syntax = found.file_meta.TransferSyntaxUID
    return f"Content-Type: {answer.content_type}\n\n{syntax.name}, {len(answer.data) / 1000:.0f} kB"


def _levels(answer: Answer) -> str:
    with Image.open(io.BytesIO(answer.data)) as picture:
        cells = np.asarray(picture)
    count = len(np.unique(cells))
    return (
        f"Content-Type: {answer.content_type}\n\n{cells.dtype.itemsize * 8} bits a pixel, {count} different grey levels"
    )


#: In the order of the page.
EXAMPLES: Final = (
    Example("requestType", "A slice, seen small", _SLICE, {"rows": "128"}),
    Example("studyUID", "An object of another study", _BRAIN, {"rows": "128"}),
    Example("seriesUID", "One of another series in the study of the CT", _PET, {"rows": "128"}),
    Example("objectUID", "A CT slice", _SLICE, {"rows": "170"}),
    Example("objectUID", "A chest radiograph", _CHEST, {"rows": "170"}),
    Example("objectUID", "An MR slice", _BRAIN, {"rows": "170"}),
    Example("objectUID", "A bone scan", _BONES, {"rows": "170"}),
    Example("contentType", "A run as an animation", _RUN, {"contentType": "image/gif", "rows": "120"}),
    Example("contentType", "A colour chart without loss", _CHART, {"contentType": "image/png", "rows": "120"}),
    Example("contentType", "A report as text", _REPORT, {"contentType": "text/plain"}, _start_of_text),
    Example(
        "charset",
        "The same report in GB18030, here read back",
        _REPORT,
        {"contentType": "text/plain", "charset": "GB18030"},
        _start_of_text,
    ),
    Example("anonymize", "As stored", _SLICE, {"contentType": "application/dicom"}, _who),
    Example("anonymize", "Anonymized", _SLICE, {"contentType": "application/dicom", "anonymize": "yes"}, _who),
    *(
        Example(
            "transferSyntax",
            shows,
            _SLICE,
            {"contentType": "application/dicom", "transferSyntax": uid},
            _syntax,
        )
        for shows, uid in (
            ("As stored", "*"),
            ("JPEG-LS, which loses nothing", "1.2.840.10008.1.2.4.80"),
            ("High-Throughput JPEG 2000, which loses nothing", "1.2.840.10008.1.2.4.201"),
        )
    ),
    Example(
        "annotation",
        "A slice with words in its corners",
        _SLICE,
        {"rows": "340", "annotation": "patient,technique"},
    ),
    Example("rows", "96 rows", _SLICE, {"rows": "96"}),
    Example("rows", "160 rows", _SLICE, {"rows": "160"}),
    Example("columns", "120 columns of a portrait: 150 rows", _CHEST, {"columns": "120"}),
    Example("columns", "Within 200 columns and 100 rows: 80 columns", _CHEST, {"columns": "200", "rows": "100"}),
    Example("region", "The whole slice", _SLICE, {"columns": "200"}),
    Example("region", "A quarter of it", _SLICE, {"region": "0.45,0.2,0.95,0.7", "columns": "200"}),
    Example("windowCenter", "Its own window", _SLICE, {"rows": "170"}),
    Example("windowCenter", "Brain: 40, 80", _SLICE, {"rows": "170", "windowCenter": "40", "windowWidth": "80"}),
    Example("windowCenter", "Bone: 500, 2000", _SLICE, {"rows": "170", "windowCenter": "500", "windowWidth": "2000"}),
    Example("windowWidth", "40, 400", _SLICE, {"rows": "170", "windowCenter": "40", "windowWidth": "400"}),
    Example("windowWidth", "40, 20", _SLICE, {"rows": "170", "windowCenter": "40", "windowWidth": "20"}),
    Example("frameNumber", "Frame 1 of a run", _RUN, {"rows": "200", "frameNumber": "1"}),
    Example("frameNumber", "Frame 8", _RUN, {"rows": "200", "frameNumber": "8"}),
    Example("imageQuality", "Quality 10", _CINE, {"rows": "180", "imageQuality": "10", "frameNumber": "1"}),
    Example("imageQuality", "Quality 60", _CINE, {"rows": "180", "imageQuality": "60", "frameNumber": "1"}),
    Example("presentationUID", "The slice without", _SLICE, {"rows": "256"}),
    Example("presentationUID", "… and as the state has it", _SLICE, {"rows": "256", "presentationUID": _STATE}),
    Example(
        "presentationSeriesUID",
        "The state, and of what it shows a quarter",
        _SLICE,
        {"rows": "200", "region": "0.4,0.3,0.9,0.8", "presentationUID": _STATE},
    ),
    Example(
        "bitDepth",
        "A slice in 8 bits, as it is without the parameter",
        _SLICE,
        {"contentType": "image/png", "windowCenter": "500", "windowWidth": "2000"},
        _levels,
    ),
    Example(
        "bitDepth",
        "… and in 16",
        _SLICE,
        {"contentType": "image/png", "windowCenter": "500", "windowWidth": "2000", "bitDepth": "16"},
        _levels,
    ),
)


@dataclass(frozen=True, slots=True)
class Made:
    """An example with its answer.

    Attributes:
        example: itself.
        url: what is asked.
        picture: name of the file below docs/pictures and its bytes; None if it is no picture.
        words: the answer as text; "" if it is a picture.
    """

    example: Example
    url: str
    picture: tuple[str, bytes] | None
    words: str


@cache
def made_examples() -> tuple[Made, ...]:
    """Ask for all of them."""
    with tempfile.TemporaryDirectory(prefix="openwado-examples-") as folder:
        samples = Path(folder) / "samples"
        write_samples(samples)
        opened: dict[str, OpenObject] = {}
        settings = convert({"data": str(Path(folder) / "data")})
        try:
            for name in {example.sample for example in EXAMPLES}:
                beside = [samples / _STATE] if name == _SLICE else []
                opened[name] = open_object(samples / name, beside=beside, settings=settings)
            return tuple(_made(opened, pydicom.dcmread(samples / _STATE)))
        finally:
            for one in opened.values():
                one.close()


def _made(opened: dict[str, OpenObject], state: pydicom.Dataset) -> Iterator[Made]:
    counts: dict[str, int] = {}
    for example in EXAMPLES:
        one = opened[example.sample]
        query = dict(example.query)
        if "presentationUID" in query:
            query |= {"presentationUID": state.SOPInstanceUID, "presentationSeriesUID": state.SeriesInstanceUID}
        uids = {
            "requestType": "WADO",
            "studyUID": one.record.study_instance_uid,
            "seriesUID": one.record.series_instance_uid,
            "objectUID": one.record.sop_instance_uid,
        }
        url = f"{SERVER}?{urlencode(uids | query, safe='/,*+')}"
        answer = one.get(**query)
        if example.words is not None:
            yield Made(example, url, None, example.words(answer))
            continue
        counts[example.section] = counts.get(example.section, 0) + 1
        name = f"{example.section}-{counts[example.section]}.{_SUFFIXES[answer.media_type]}"
        yield Made(example, url, (name, answer.data), "")


def alike(one: bytes, other: bytes) -> bool:
    """Say whether two pictures show the same: to the byte, or nearly where other versions of libraries made them."""
    if one == other:
        return True
    frames, others = _frames(one), _frames(other)
    return [frame.shape for frame in frames] == [frame.shape for frame in others] and all(
        float(np.abs(frame - second).mean()) < _ALIKE for frame, second in zip(frames, others, strict=True)
    )


def _frames(data: bytes) -> list[np.ndarray]:
    with Image.open(io.BytesIO(data)) as picture:
        return [np.asarray(frame.convert("RGB"), np.float32) for frame in ImageSequence.Iterator(picture)]
