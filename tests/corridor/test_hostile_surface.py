"""Objects that somebody made up to do harm, through every way in and every media type out."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from command_line import run
from fault_run import family
from hostile_objects import MARKUP, SERIES, STUDY, hostile_objects
from serving import wado_parameters
from stowing import parts_of, store

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostile_objects import HostileObject
    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("hostile")

#: What each object is asked for, one after the other.
QUESTIONS: tuple[dict[str, str], ...] = (
    {},
    {"contentType": "image/jpeg", "rows": "64"},
    {"contentType": "image/png", "region": "0.2,0.2,0.7,0.9"},
    {"contentType": "image/gif"},
    {"contentType": "video/mp4"},
    {"contentType": "application/dicom"},
    {"contentType": "application/dicom", "transferSyntax": "1.2.840.10008.1.2.1"},
    {"contentType": "application/dicom", "transferSyntax": "1.2.840.10008.1.2.4.90", "anonymize": "yes"},
    {"contentType": "text/html"},
    {"contentType": "application/pdf"},
    {"contentType": "text/plain", "charset": "us-ascii"},
)

#: Of an object that is only cut off; and of one whose frames, or whose bytes, take their time.
FEW, QUICK = (0, 1, 5, 8), (1, 3, 4, 5, 8)

CLIENTS = 6

#: 403: there may be text in the picture; 500 and 501: the object cannot be decoded, or is of a kind that is not.
KNOWN = {200, 400, 403, 404, 406, 500, 501}

#: Most memory that the server's processes may ever have held each, KiB: what a render process may, and what it has.
MOST_MEMORY = (2048 + 512) * 1024


def peak_memory(server: RunningServer) -> int:
    """Return the most memory that one of the server's processes has held, KiB."""
    peak = 0
    for process, _ in family(server.process.pid):
        with suppress(OSError):
            status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
            peak = max(peak, int(status.partition("VmHWM:")[2].split()[0]))
    return peak


def test_every_way_in_and_out(start_server: Callable[..., RunningServer], samples: Path, tmp_path: Path) -> None:
    """More than 200 of them by index, import and STOW: no hang, no lost process, bounded memory, known statuses.

    Afterwards the server draws what it drew before.
    """
    made = list(hostile_objects())
    assert len(made) >= 200
    folder, data = tmp_path / "objects", tmp_path / "data"
    folder.mkdir()
    for number, one in enumerate(made):
        (folder / f"{number:04}.dcm").write_bytes(one.data)
    imported = run("import", folder, "--data", data)
    assert imported.returncode in (0, 1), imported.stderr
    assert "Traceback" not in imported.stderr + imported.stdout
    server = start_server(folder, samples, "--workers", "1", "--stow", OPENWADO_RENDER_SANDBOX="require")
    before = server.client.get(server.example).content
    stored = Counter(
        store(server, parts_of(*(one.data for one in made[start : start + 20]))).status_code
        for start in range(0, len(made), 20)
    )
    assert set(stored) <= {200, 202, 400, 409}, stored
    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = sum(clients.map(lambda one: asked(server, one), made), Counter())
    wrong = {key: number for key, number in answers.items() if key[1] not in KNOWN}
    assert not wrong
    by_status = Counter[int]()
    for (_, status), number in answers.items():
        by_status[status] += number
    print(len(made), "objects", dict(by_status), "stored", dict(stored), "peak MiB", peak_memory(server) >> 10)
    assert by_status[200] > 100
    assert peak_memory(server) < MOST_MEMORY
    assert server.client.get(server.example).content == before
    log = server.log.read_text(encoding="utf-8")
    assert "Traceback" not in log, log[log.index("Traceback") - 300 :][:3000]
    assert "render process lost" not in log
    pages_hold_no_markup(server)


def asked(server: RunningServer, one: HostileObject) -> Counter[tuple[str, int]]:
    """Ask for an object in every way; return the statuses, each with the name of whoever is to blame if it is wrong."""
    found: Counter[tuple[str, int]] = Counter()
    slow = "million" in one.name or "bomb" in one.name
    chosen = FEW if "cut off" in one.name else QUICK if slow else range(len(QUESTIONS))
    questions = [QUESTIONS[number] for number in chosen]
    for question in questions:
        parameters = dict(one.parameters) | wado_parameters((STUDY, SERIES, one.uid)) | question
        if "presentationUID" in parameters and not question.get("contentType", "image/").startswith("image/"):
            continue
        began = time.monotonic()
        try:
            answer = server.client.get("/wado", params=parameters)
        except httpx.HTTPError as error:
            found[f"{one.name} {question}: {error!r}", 0] += 1
            continue
        status = answer.status_code
        text = answer.content if answer.headers.get("content-type", "").startswith("text/html") else b""
        if b"<script>alert" in text or b"<img src=x" in text or b'"javascript:' in text:
            status = -1
        if status not in KNOWN or time.monotonic() - began > 30:
            found[f"{one.name} {question}: {status} {answer.text[:200]}", status if status not in KNOWN else -2] += 1
        else:
            found["", status] += 1
    return found


def pages_hold_no_markup(server: RunningServer) -> None:
    """Look at the pages that show these objects: texts of theirs are text."""
    listed = server.client.get("/", headers={"Accept": "text/html"})
    study = server.client.get(f"/studies/{STUDY}", headers={"Accept": "text/html"})
    for page in (listed, study):
        assert page.status_code == httpx.codes.OK
        assert b"<script>alert" not in page.content
        assert MARKUP.encode() not in page.content
