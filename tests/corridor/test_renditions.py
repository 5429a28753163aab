"""Where answers come from, by whole requests: kept, made once, made ahead, handed on, or left to the kernel."""

from __future__ import annotations

import io
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import imagecodecs
import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, JPEG2000Lossless, JPEGBaseline8Bit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    import httpx
    from numpy.typing import NDArray
    from pydicom.uid import UID

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("corridor-renditions")

STUDY, SERIES = "1.2.3", "1.2.3.4"

FRAMES = 8

LARGE_ROWS = 3000


def shades(number: int = 0, rows: int = 96, columns: int = 128) -> NDArray[np.uint8]:
    """Return a picture of smooth shades, another one for each number."""
    y, x = np.mgrid[0:rows, 0:columns]
    drawn: NDArray[np.uint8] = (127 + 60 * np.sin(x / 9 + number) + 60 * np.cos(y / 7 - number)).astype(np.uint8)
    return drawn


def colors(number: int = 0) -> NDArray[np.uint8]:
    """Return a picture of smooth colours."""
    return np.stack([shades(number), shades(number + 1), shades(number + 2)], axis=2)


def write(path: Path, uid: str, syntax: UID, frames: Sequence[bytes], shape: tuple[int, ...], **more: Any) -> Path:  # noqa: ANN401 -- attributes
    """Write an image of 8 bits."""
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.6.1", f"{SERIES}.{uid}"
    data.StudyInstanceUID, data.SeriesInstanceUID = STUDY, SERIES
    data.Modality, data.InstanceNumber = "US", int(uid)
    data.Rows, data.Columns, data.SamplesPerPixel = shape[0], shape[1], 3 if len(shape) == 3 else 1
    data.PhotometricInterpretation = "YBR_FULL_422" if len(shape) == 3 else "MONOCHROME2"
    if len(shape) == 3:
        data.PlanarConfiguration = 0
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit, data.PixelRepresentation = 7, 0
    if len(frames) > 1:
        data.NumberOfFrames = len(frames)
    for keyword, value in more.items():
        setattr(data, keyword, value)
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = syntax
    data.PixelData = encapsulate(list(frames)) if syntax.is_compressed else b"".join(frames)
    data["PixelData"].VR = "OB" if syntax.is_compressed or data.BitsAllocated == 8 else "OW"
    data["PixelData"].is_undefined_length = syntax.is_compressed
    data.save_as(path, enforce_file_format=True)
    return path


def jpeg(cells: NDArray[np.uint8], quality: int = 85) -> bytes:
    """Return a JPEG stream."""
    return bytes(imagecodecs.jpeg8_encode(cells, quality))


def jpeg2000(cells: NDArray[np.uint8]) -> bytes:
    """Return a lossless JPEG 2000 stream."""
    return bytes(imagecodecs.jpeg2k_encode(cells, codecformat="j2k", reversible=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one object of each kind that these tests need."""
    folder = tmp_path_factory.mktemp("objects")
    for number in (1, 2, 3, 4):
        write(folder / f"{number}.dcm", str(number), JPEG2000Lossless, [jpeg2000(shades(number))], (96, 128))
    many = [jpeg2000(shades(number)) for number in range(FRAMES)]
    write(folder / "5.dcm", "5", JPEG2000Lossless, many, (96, 128))
    write(folder / "6.dcm", "6", JPEGBaseline8Bit, [jpeg(colors())], (96, 128, 3))
    write(folder / "7.dcm", "7", JPEGBaseline8Bit, [jpeg(shades())], (96, 128))
    write(folder / "8.dcm", "8", JPEGBaseline8Bit, [jpeg(shades())], (96, 128), WindowCenter=100, WindowWidth=50)
    large = np.random.default_rng(0).integers(0, 255, (LARGE_ROWS, 4000), np.uint8).tobytes()
    write(folder / "9.dcm", "9", ExplicitVRLittleEndian, [large], (LARGE_ROWS, 4000))
    inverse = {"PhotometricInterpretation": "MONOCHROME1"}
    write(folder / "10.dcm", "10", JPEGBaseline8Bit, [jpeg(shades())], (96, 128), **inverse)
    write(folder / "11.dcm", "11", JPEGBaseline8Bit, [jpeg(shades())[:-200] + b"\xff\xd8"], (96, 128))
    return folder


@pytest.fixture(scope="module")
def server(start_server: Callable[..., RunningServer], folder: Path) -> RunningServer:
    """Return a server of them, with its defaults but one HTTP process."""
    return start_server(folder, "--workers", "1")


def ask(server: RunningServer, uid: int | str, **parameters: str) -> httpx.Response:
    """Ask for an object."""
    return server.wado((STUDY, SERIES, f"{SERIES}.{uid}"), **parameters)


def is_hit(answer: httpx.Response) -> bool:
    """Say whether an answer says that its rendition was there."""
    assert answer.status_code == 200, answer.text
    return "cache;desc=hit" in answer.headers["server-timing"]


def entropy(stream: bytes) -> bytes:
    """Return what comes after the scan header."""
    scan = stream.rindex(b"\xff\xda")
    return stream[scan + 2 + int.from_bytes(stream[scan + 2 : scan + 4], "big") :]


def test_a_rendition_is_made_once_and_kept(server: RunningServer) -> None:
    """The second answer to the same question, however it is put, is the first one's bytes with the same tag."""
    first = ask(server, 1, contentType="image/png", rows="50")
    again = ask(server, 1, rows="050", contentType="image/png;q=0.5", imageQuality="30")
    assert not is_hit(first)
    assert is_hit(again)
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    assert again.headers["content-type"] == "image/png"
    other = ask(server, 1, contentType="image/png", rows="51")
    assert not is_hit(other)
    assert other.content != first.content


def test_warnings_are_kept_too(server: RunningServer) -> None:
    """A kept rendition comes with the warnings that it was made with."""
    asked = {"contentType": "image/png", "windowCenter": "40", "windowWidth": "400"}
    first, again = (ask(server, 6, **asked) for _ in range(2))
    assert is_hit(again)
    assert "no effect" in first.headers["warning"]
    assert again.headers["warning"] == first.headers["warning"]


def test_ranges_conditions_and_heads_of_kept_renditions(server: RunningServer) -> None:
    """What is kept is answered like what is made: parts of it, 304, and headers alone."""
    asked = {"contentType": "image/png", "columns": "64"}
    whole = ask(server, 2, **asked)
    query = str(whole.request.url)
    part = server.client.get(query, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    same = server.client.get(query, headers={"if-none-match": whole.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    head = server.client.head(query)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))


def test_nothing_is_kept_where_that_is_off(
    start_server: Callable[..., RunningServer], folder: Path, tmp_path: Path
) -> None:
    """With --no-cache every answer is made anew, nothing is made ahead, and nothing is written."""
    server = start_server(folder, "--no-cache", "--workers", "1", "--data", tmp_path)
    answers = [ask(server, 5, contentType="image/png", frameNumber=str(number)) for number in (1, 2, 3, 3, 4)]
    assert not any(map(is_hit, answers))
    assert answers[2].content == answers[3].content
    assert not list(tmp_path.glob("renditions*"))


def test_what_is_kept_on_disk_outlives_the_server(
    start_server: Callable[..., RunningServer], folder: Path, tmp_path: Path
) -> None:
    """After a restart, and in another HTTP process, a rendition is still there; without room on disk it is not."""
    first = start_server(folder, "--workers", "1", "--data", tmp_path)
    made = ask(first, 3, contentType="image/jp2")
    first.process.terminate()
    assert first.process.wait(30) == 0
    second = start_server("--workers", "2", "--data", tmp_path)
    answers = [ask(second, 3, contentType="image/jp2") for _ in range(6)]
    assert all(map(is_hit, answers))
    assert {answer.content for answer in answers} == {made.content}
    second.process.terminate()
    assert second.process.wait(30) == 0
    third = start_server("--workers", "1", "--data", tmp_path, OPENWADO_CACHE_DISK="0")
    assert not is_hit(ask(third, 3, contentType="image/jp2"))
    assert is_hit(ask(third, 3, contentType="image/jp2"))


def test_a_replaced_object_is_never_answered_from_what_was_kept(
    start_server: Callable[..., RunningServer], tmp_path: Path
) -> None:
    """When a file is replaced its new picture is sent, whatever was kept; when it is gone, none is."""
    path = write(tmp_path / "a.dcm", "20", JPEG2000Lossless, [jpeg2000(shades(1))], (96, 128))
    server = start_server(path, "--workers", "1")
    before = [ask(server, 20, contentType="image/png") for _ in range(2)]
    assert is_hit(before[1])
    write(path, "20", JPEG2000Lossless, [jpeg2000(shades(2))], (96, 128))
    after = ask(server, 20, contentType="image/png")
    assert not is_hit(after)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(after.content))), shades(2))
    path.unlink()
    assert ask(server, 20, contentType="image/png").status_code == 410


def test_errors_are_not_kept(server: RunningServer) -> None:
    """A picture that cannot be made is tried anew each time."""
    answers = [ask(server, 11, contentType="image/png") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [500, 500]
    assert "cache" not in "".join(answer.headers.get("server-timing", "") for answer in answers)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_many_who_ask_at_once_get_one_rendition(
    start_server: Callable[..., RunningServer], folder: Path, tmp_path: Path, workers: str
) -> None:
    """Of many who ask for the same picture at the same time, in whichever process, one has it made for all."""
    server = start_server(folder, "--workers", workers, "--data", tmp_path, OPENWADO_LOG_LEVEL="debug")
    asked = {"contentType": "image/jp2", "rows": "2000"}

    def one(_: int) -> httpx.Response:
        return ask(server, 4, **asked)

    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(one, range(12)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    made = {answer.headers["server-timing"].partition("produce;dur=")[2].partition(",")[0] for answer in answers}
    assert len(made - {"0.00"}) == 1, "the one production that took time is told to all who waited for it"


@pytest.mark.parametrize("uids", [("5", "5", "5"), ("1", "2", "3")])
def test_what_comes_next_is_made_ahead(server: RunningServer, uids: tuple[str, ...]) -> None:
    """Who walks through frames, or through a series, finds the next ones made."""
    for attempt in range(6):  # to ask is to have it made, so each size allows but one look
        sized = {"contentType": "image/png", "rows": str(70 + attempt)}
        for number, uid in enumerate(uids, 1):
            if number == len(uids):
                time.sleep(0.25 * 2**attempt)
            answer = ask(server, uid, **sized, **({"frameNumber": str(number)} if len(set(uids)) == 1 else {}))
            if number == len(uids) and is_hit(answer):
                return
    pytest.fail("nothing was made ahead")


def test_nothing_is_made_ahead_where_that_is_off(start_server: Callable[..., RunningServer], folder: Path) -> None:
    """With prefetch 0 only what is asked for is made."""
    server = start_server(folder, "--workers", "1", OPENWADO_PREFETCH="0")
    for number in (1, 2):
        ask(server, 5, contentType="image/png", frameNumber=str(number))
    time.sleep(1)
    assert not is_hit(ask(server, 5, contentType="image/png", frameNumber="3"))


@pytest.mark.parametrize(("uid", "cells"), [(6, colors()), (7, shades())])
def test_req_uri_8_2_8_5_a_stored_jpeg_is_handed_on(server: RunningServer, uid: int, cells: NDArray[np.uint8]) -> None:
    """REQ-URI-8.2.8-5: where nothing changes a pixel the answer is the stored stream, and no quality above its own."""
    stored = jpeg(cells)
    for parameters in ({}, {"imageQuality": "85"}, {"imageQuality": "100"}, {"rows": "96"}, {"columns": "128"}):
        answer = ask(server, uid, contentType="image/jpeg", **parameters)
        assert answer.headers["content-type"] == "image/jpeg"
        assert entropy(answer.content) == entropy(stored)
    for parameters in (
        {"imageQuality": "84"},
        {"rows": "95"},
        {"region": "0,0,0.5,0.5"},
        {"contentType": "image/png"},
    ):
        answer = ask(server, uid, **{"contentType": "image/jpeg", **parameters})
        assert answer.status_code == 200
        assert entropy(stored) not in answer.content


def test_req_uri_8_2_8_5_what_the_object_changes_is_drawn(server: RunningServer) -> None:
    """REQ-URI-8.2.8-5: a stored or requested window, or another polarity, is drawn, never ignored."""
    stored = entropy(jpeg(shades()))
    window = ask(server, 7, contentType="image/jpeg", windowCenter="100", windowWidth="50")
    for answer in (window, ask(server, 8, contentType="image/jpeg"), ask(server, 10, contentType="image/jpeg")):
        assert answer.status_code == 200
        assert entropy(answer.content) != stored
    same = ask(server, 8, contentType="image/jpeg", windowCenter="128", windowWidth="256")
    assert entropy(same.content) != stored, "a window that changes nothing is drawn all the same"
    drawn, kept = (imagecodecs.jpeg8_decode(stream).astype(int) for stream in (same.content, jpeg(shades())))
    assert abs(drawn - kept).max() <= 12


def test_req_uri_8_2_8_5_a_stored_jpeg_2000_is_handed_on(server: RunningServer) -> None:
    """REQ-URI-8.2.8-5: image/jp2 of a stored codestream is that codestream; with a quality or a window it is drawn."""
    stored = jpeg2000(shades(2))
    assert ask(server, 2, contentType="image/jp2").content.endswith(stored)
    assert ask(server, 2, contentType="image/jp2", imageQuality="100").content.endswith(stored)
    for parameters in ({"imageQuality": "99"}, {"windowCenter": "9", "windowWidth": "9"}, {"rows": "40"}):
        answer = ask(server, 2, contentType="image/jp2", **parameters)
        assert answer.status_code == 200
        assert not answer.content.endswith(stored)


def test_req_uri_8_2_8_4_more_quality_is_never_worse(server: RunningServer) -> None:
    """REQ-URI-8.2.8-4: the error against the stored pixels never grows much with imageQuality, and ends at nothing."""
    stored = imagecodecs.jpeg8_decode(jpeg(colors())).astype(int)
    errors = []
    for quality in (1, 10, 25, 40, 55, 70, 84, 85, 100):
        drawn = imagecodecs.jpeg8_decode(ask(server, 6, contentType="image/jpeg", imageQuality=str(quality)).content)
        errors.append(float(np.square(drawn.astype(int) - stored).mean()))
    assert errors == sorted(errors, reverse=True)
    assert errors[-2:] == [0.0, 0.0]


def test_large_files_arrive_whole(server: RunningServer, folder: Path) -> None:
    """What the kernel sends by itself is the file, and any part of it; requests in a row on one connection too."""
    stored = (folder / "9.dcm").read_bytes()
    whole = ask(server, 9, contentType="application/dicom", transferSyntax="*")
    assert whole.content == stored
    query = str(whole.request.url)
    for first, last in ((0, 9_000_000), (5_000_000, len(stored) - 1), (len(stored) - 5_000_000, len(stored) - 2)):
        part = server.client.get(query, headers={"range": f"bytes={first}-{last}"})
        assert part.status_code == 206
        assert part.content == stored[first : last + 1]
    target = query[query.index("/wado") :]
    request = f"GET {target} HTTP/1.1\r\nhost: x\r\n\r\n".encode()
    with connected(server) as connection:
        connection.sendall(request + request.replace(b"host: x", b"host: x\r\nconnection: close"))
        received = read_all(connection)
    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert received.count(stored) == 2


def test_a_slow_client_gets_a_large_file_too(server: RunningServer, folder: Path) -> None:
    """A client that takes little at a time gets all bytes, while others are answered."""
    stored = (folder / "9.dcm").read_bytes()
    request = large_request(server)
    with connected(server, buffer=16384) as connection:
        connection.sendall(request)
        received = bytearray(connection.recv(100))
        for _ in range(20):
            time.sleep(0.01)
            received += connection.recv(16384)
        assert ask(server, 7, contentType="image/jpeg").status_code == 200
        received += read_all(connection)
    assert received.endswith(stored)


def test_a_file_that_changes_while_it_is_sent_is_never_sent_whole(
    start_server: Callable[..., RunningServer], folder: Path, tmp_path: Path
) -> None:
    """When a file is rewritten in place while a slow client takes it, the connection breaks before the last byte."""
    path = tmp_path / "9.dcm"
    path.write_bytes((folder / "9.dcm").read_bytes())
    server = start_server(path, "--workers", "1")
    length = path.stat().st_size
    with connected(server, buffer=16384) as connection:
        connection.sendall(large_request(server))
        received = bytearray(connection.recv(16384))
        with path.open("r+b") as file:
            file.seek(length - 1000)
            file.write(bytes(1000))
        received += read_all(connection)
    body = received.partition(b"\r\n\r\n")[2]
    assert 0 < len(body) < length


def test_clients_that_go_leave_nothing_behind(server: RunningServer) -> None:
    """A client that closes in the middle of a large file leaves no descriptor open, and the server answers on."""
    ask(server, 9, contentType="application/dicom", transferSyntax="*")
    before = descriptors(server)
    for _ in range(5):
        with connected(server, buffer=16384) as connection:
            connection.sendall(large_request(server))
            connection.recv(16384)
    deadline = time.monotonic() + 20
    while descriptors(server) > before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert descriptors(server) <= before
    assert ask(server, 7, contentType="image/jpeg").status_code == 200


def test_words_of_two_bytes_are_swapped_whatever_their_length(
    start_server: Callable[..., RunningServer], tmp_path: Path
) -> None:
    """PS3.5 7.3: a large big-endian object leaves in little endian, so none of its pixels is left to the kernel."""
    cells = np.random.default_rng(1).integers(0, 4095, (2500, 2000), np.uint16)
    path = tmp_path / "a.dcm"
    write(path, "30", ExplicitVRBigEndian, [cells.astype(">u2").tobytes()], (2500, 2000), BitsAllocated=16)
    data = pydicom.dcmread(path)
    data.BitsStored, data.HighBit = 12, 11
    data["PixelData"].VR = "OW"
    data.save_as(path)
    server = start_server(path, "--workers", "1")
    answer = ask(server, 30, contentType="application/dicom")
    sent = pydicom.dcmread(io.BytesIO(answer.content))
    assert sent.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert np.array_equal(np.frombuffer(sent.PixelData, "<u2").reshape(2500, 2000), cells)


def connected(server: RunningServer, buffer: int = 0) -> socket.socket:
    """Return a connection, with a small buffer if one is given."""
    connection = socket.socket()
    if buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    address = urlsplit(server.url)
    connection.settimeout(60)
    connection.connect((address.hostname, address.port))
    return connection


def large_request(server: RunningServer) -> bytes:
    """Return a request for the large object, after which the connection is closed."""
    query = f"requestType=WADO&studyUID={STUDY}&seriesUID={SERIES}&objectUID={SERIES}.9"
    target = f"/wado?{query}&contentType=application/dicom&transferSyntax=*"
    return f"GET {target} HTTP/1.1\r\nhost: {server.url}\r\nconnection: close\r\n\r\n".encode()


def read_all(connection: socket.socket) -> bytes:
    """Return what comes until the server closes."""
    received = bytearray()
    try:
        while piece := connection.recv(1 << 20):
            received += piece
    except ConnectionResetError:
        pass
    return bytes(received)


def descriptors(server: RunningServer) -> int:
    """Return how many descriptors the server's processes have open."""
    count, waiting = 0, [server.process.pid]
    while waiting:
        pid = waiting.pop()
        count += len(list(Path(f"/proc/{pid}/fd").iterdir()))
        waiting += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split())
    return count
