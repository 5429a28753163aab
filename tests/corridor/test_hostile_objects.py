"""Objects that somebody broke on purpose: the server answers all of them and stays what it was."""

from __future__ import annotations

import random
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import httpx
import pydicom
import pytest

from openwado.archive.sqlite import SqliteIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("hostile")

MUTANTS_OF_EACH = 6

#: Bytes of frames that are decoded before a status is sent: what is broken behind them breaks the answer off.
DECODED_BEFORE_THE_STATUS = 16 << 20
#: Stands for a status.
BROKEN_OFF = 0

QUESTIONS = (
    {"contentType": "image/jpeg", "rows": "64"},
    {"contentType": "image/png", "frameNumber": "1"},
    {"contentType": "application/dicom"},
    {"contentType": "application/dicom", "transferSyntax": "*"},
)


def mutants(data: bytes, pick: random.Random) -> Iterator[bytes]:
    """Give broken copies: flipped bytes in the head, flipped bytes anywhere, cut off, lengths blown up."""
    for number in range(MUTANTS_OF_EACH):
        broken = bytearray(data)
        reach = 3000 if number % 2 else len(broken)
        for _ in range(pick.choice((1, 4, 40))):
            broken[pick.randrange(132, min(reach, len(broken)))] = pick.choice((0, 255, pick.randrange(256)))
        if number == 2:
            del broken[pick.randrange(1000, len(broken)) :]
        if number == 3:
            place = broken.find(b"\xe0\x7f\x10\x00")
            broken[place + 8 : place + 12] = b"\xfe\xff\xff\xff"
        yield bytes(broken)


def overlay(*, rows: int, columns: int, top: int = 1, left: int = 1, frames: int = 1, data: int = 64) -> dict[Any, Any]:
    """Return the elements of an overlay plane whose bits are all set, as many bytes as there are said to be."""
    return {
        0x60000010: ("US", rows),
        0x60000011: ("US", columns),
        0x60000015: ("IS", frames),
        0x60000040: ("CS", "G"),
        0x60000050: ("SS", [top, left]),
        0x60000100: ("US", 1),
        0x60000102: ("US", 0),
        0x60003000: ("OW", b"\xff" * data),
    }


LIES: tuple[dict[Any, Any], ...] = (
    {"Rows": 65535, "Columns": 65535},
    {"NumberOfFrames": 2_000_000_000},
    {"BitsAllocated": 64, "BitsStored": 64, "HighBit": 63},
    {"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_FULL_422", "PlanarConfiguration": 1},
    {"Rows": 0},
    {"BitsStored": 0},
    {"HighBit": 200},
    {"RescaleSlope": "1e-30", "RescaleIntercept": "1e30"},
    {"WindowWidth": "1e-9", "WindowCenter": "-1e300"},
    {"PixelAspectRatio": [1, 2_000_000_000], "ShutterShape": "CIRCULAR", "CenterOfCircularShutter": [1, 1]}
    | {"RadiusOfCircularShutter": 1_000_000},
    {"ShutterShape": "POLYGONAL", "VerticesOfThePolygonalShutter": [-(1 << 20), 1 << 20, 0, 1 << 20, 5, -9] * 600},
    {"ShutterShape": ["RECTANGULAR", "CIRCULAR"], "ShutterLeftVerticalEdge": -5, "ShutterRightVerticalEdge": 9}
    | {"ShutterUpperHorizontalEdge": 1 << 20, "ShutterLowerHorizontalEdge": 1 << 20},
    {"ICCProfile": b"acsp" * 40_000},
    overlay(rows=65535, columns=65535),
    overlay(rows=65535, columns=1, frames=2_147_483_647, data=8192),
    overlay(rows=1, columns=65535, top=-32768, left=-32768, data=8192),
    overlay(rows=40, columns=40, data=0),
)


def liars(path: Path) -> Iterator[bytes]:
    """Give objects whose header claims what the bytes do not hold."""
    for changes in LIES:
        read = pydicom.dcmread(path)
        for name, value in changes.items():
            if isinstance(name, int):
                read.add_new(name, *value)
            else:
                setattr(read, name, value)
        out = pydicom.filebase.DicomBytesIO()
        read.save_as(out, enforce_file_format=True)
        yield out.getvalue()


def with_own_uid(data: bytes, number: int) -> bytes:
    """Change the last digits of the SOP Instance UID wherever it stands: every mutant is an object of its own."""
    place = data.find(b"\x08\x00\x18\x00UI")
    length = int.from_bytes(data[place + 6 : place + 8], "little")
    uid = data[place + 8 : place + 8 + length].rstrip(b"\0")
    return data.replace(uid, uid[:-6] + f"{900_000 - number:06}".encode()) if place > 0 and len(uid) > 12 else data


def status_of(server: RunningServer, uids: tuple[str, str, str], question: dict[str, str]) -> int:
    """Return the status; a large object whose later frames cannot be decoded breaks off, for its status is sent."""
    try:
        return server.wado(uids, **question).status_code
    except httpx.RemoteProtocolError as error:
        received = re.search(r"received (\d+) bytes", str(error))
        assert received is not None
        assert int(received[1]) >= DECODED_BEFORE_THE_STATUS
        assert question.get("contentType", "application/dicom") == "application/dicom"
        return BROKEN_OFF


def test_no_broken_object_ends_a_process_or_hangs(
    start_server: Callable[..., RunningServer], samples: Path, tmp_path: Path
) -> None:
    """Each answer comes in time and is a known status; afterwards the server draws as before, by the same processes."""
    pick = random.Random(20261122)  # noqa: S311 -- broken bytes, no secrets
    folder, data = tmp_path / "objects", tmp_path / "data"
    folder.mkdir()
    number = 0
    for path in sorted(samples.rglob("*.dcm")):
        broken = list(mutants(path.read_bytes(), pick))
        if path.name in ("1-ct-01.dcm", "1-us-01.dcm", "1-mr-01.dcm"):
            broken += liars(path)
        for content in broken:
            number += 1
            (folder / f"{number:04}.dcm").write_bytes(with_own_uid(content, number))
    server = start_server(folder, samples, "--data", data)
    index = SqliteIndex(data / "index.sqlite")
    answers: Counter[int] = Counter()
    for study in index.studies(offset=0, limit=10_000):
        for series in index.series(study.study_instance_uid):
            for row in index.instances(series.series_instance_uid, offset=0, limit=10_000):
                found = row.instance
                for question in QUESTIONS:
                    uids = found.study_instance_uid, found.series_instance_uid, found.sop_instance_uid
                    answers[status_of(server, uids, question)] += 1
    index.close()
    print(number, "broken objects:", dict(answers))
    assert set(answers) <= {200, 400, 406, 500, 501, BROKEN_OFF}
    assert answers[BROKEN_OFF] < 5
    assert answers[200] > answers[500]
    assert server.client.get(server.example).status_code == 200
    log = server.log.read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert "render process lost" not in log
