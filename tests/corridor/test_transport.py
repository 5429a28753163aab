"""TLS, HTTP/2, and what all answers say, by the real command and real clients."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from authorities import authority
from made_objects import SERIES, STUDY, write_object
from serving import RunningServer, wado_parameters
from stowing import MULTIPART, parts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from authorities import Authority

pytestmark = pytest.mark.xdist_group("transport")

LARGE, SMALL = "1.2.3.6.1", "1.2.3.6.2"
LARGE_ROWS = 1600  # 5 MB: beyond what is left to the kernel, and beyond every window


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Give an authority."""
    return authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a large object and a small one."""
    folder = tmp_path_factory.mktemp("objects")
    size = LARGE_ROWS * LARGE_ROWS * 2
    pixels = bytes(range(251)) * (size // 251) + bytes(size % 251)
    write_object(folder / "large.dcm", LARGE, Rows=LARGE_ROWS, Columns=LARGE_ROWS, PixelData=pixels)
    write_object(folder / "small.dcm", SMALL)
    return folder


@pytest.fixture(scope="module")
def server(start_server: Callable[..., RunningServer], trusted: Authority, objects: Path) -> RunningServer:
    """Start the command with TLS and client certificates that need not be."""
    return start_server(
        objects,
        "--stow",
        "--workers",
        "2",
        OPENWADO_TLS_CERTIFICATE=str(trusted.issue()),
        OPENWADO_TLS_CLIENT_CA=str(trusted.certificate),
        OPENWADO_FRAME_ANCESTORS="https://ris.example",
        OPENWADO_TLS_HANDSHAKE_TIMEOUT="1",
    )


@pytest.fixture(scope="module")
def clients(server: RunningServer, trusted: Authority) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """Give a client of HTTP/1.1 and one of HTTP/2."""
    options = {"base_url": server.url, "verify": trusted.trusting(), "timeout": 60}
    with httpx.Client(**options) as one, httpx.Client(http2=True, **options) as two:  # type: ignore[arg-type]
        yield one, two


def large(**parameters: str) -> dict[str, str]:
    """Return the parameters of the large object as it is stored."""
    return wado_parameters((STUDY, SERIES, LARGE)) | {"contentType": "application/dicom"} | parameters


def test_both_versions_give_the_same(clients: tuple[httpx.Client, httpx.Client]) -> None:
    """GET, HEAD, ranges, 304, and errors are the same over HTTP/1.1 and HTTP/2."""
    one, two = clients
    for parameters, headers in (
        (large(), {}),
        (large(), {"Range": "bytes=1000000-5000000"}),
        (large(), {"Range": "bytes=90000000-"}),
        (large(contentType="image/png"), {}),
        (wado_parameters((STUDY, SERIES, SMALL)), {}),
        (wado_parameters((STUDY, SERIES, "1.2.3.6.9")), {}),
    ):
        for method in ("GET", "HEAD"):
            first, second = (each.request(method, "/wado", params=parameters, headers=headers) for each in clients)
            assert (first.http_version, second.http_version) == ("HTTP/1.1", "HTTP/2")
            assert first.status_code == second.status_code
            assert first.content == second.content
            fields = [dict(answer.headers) for answer in (first, second)]
            for each in fields:
                del each["date"]
                each.pop("server-timing", None)
                each.pop("x-request-id", None)
            assert fields[0] == fields[1]
    tag = one.get("/wado", params=large()).headers["etag"]
    assert two.get("/wado", params=large(), headers={"If-None-Match": tag}).status_code == 304
    assert len(two.get("/wado", params=large()).content) > LARGE_ROWS * LARGE_ROWS * 2


def test_objects_are_stored_over_http2(clients: tuple[httpx.Client, httpx.Client], objects: Path) -> None:
    """A Store request over HTTP/2 is taken in whole (PS3.18 10.5), and its URLs are those of the secured server."""
    body = parts_of((objects / "large.dcm").read_bytes().replace(LARGE.encode(), b"1.2.3.6.7"))
    pieces = (body[start : start + 65536] for start in range(0, len(body), 65536))
    answer = clients[1].post("/studies", content=pieces, headers={"Content-Type": MULTIPART})
    assert answer.status_code == 200, answer.text
    url = answer.json()["00081199"]["Value"][0]["00081190"]["Value"][0]
    assert url.startswith("https://")
    refused = clients[1].post("/studies", content=b"words", headers={"Content-Type": "text/plain"})
    assert refused.status_code == 415


def curl(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    """Run curl, which has an implementation of HTTP/2 of its own."""
    program = shutil.which("curl")
    if program is None:
        pytest.skip("curl is not installed")
    return subprocess.run([program, "-sS", *map(str, arguments)], capture_output=True, check=False, timeout=60)


def test_curl_speaks_http2(server: RunningServer, trusted: Authority, objects: Path, tmp_path: Path) -> None:
    """Curl and nghttp2 get an object, several at once, and store one after `100 Continue`."""
    url = f"{server.url}/wado?{httpx.QueryParams(large())}"
    known = ("--http2", "--cacert", trusted.certificate)
    got = curl(*known, "-o", tmp_path / "got", "-w", "%{http_version} %{http_code}", url)
    assert got.stdout == b"2 200", got.stderr
    expected = (tmp_path / "got").read_bytes()
    assert len(expected) > 1 << 22
    several = [part for number in range(4) for part in ("-o", tmp_path / f"{number}", url)]
    assert curl(*known, "-Z", *several).returncode == 0
    assert all((tmp_path / f"{number}").read_bytes() == expected for number in range(4))
    small = (objects / "small.dcm").read_bytes().replace(SMALL.encode(), b"1.2.3.6.8")
    (tmp_path / "body").write_bytes(parts_of(small))
    stored = curl(
        *known, "-H", f"Content-Type: {MULTIPART}", "-H", "Expect: 100-continue", "-w", "%{http_version} %{http_code}",
        "-o", tmp_path / "answer", "--data-binary", f"@{tmp_path / 'body'}", f"{server.url}/studies",
    )  # fmt: skip
    assert stored.stdout == b"2 200", stored.stderr


@contextmanager
def agreed(server: RunningServer, context: ssl.SSLContext) -> Iterator[ssl.SSLSocket]:
    """Agree on TLS."""
    address = urlsplit(server.url)
    plain = socket.create_connection((address.hostname or "", address.port or 0), timeout=20)
    with closing(context.wrap_socket(plain, server_hostname="localhost")) as secured:
        yield secured


@pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")
def test_only_what_bcp_195_allows(server: RunningServer, trusted: Authority) -> None:
    """RFC 9325: TLS 1.2 with forward secrecy and AEAD, or 1.3; nothing older, nothing compressed."""
    for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
        context = trusted.trusting()
        context.minimum_version = context.maximum_version = version
        context.set_alpn_protocols(["h2", "http/1.1"])
        with agreed(server, context) as secured:
            assert (secured.version(), secured.compression()) == (name, None)
            assert secured.selected_alpn_protocol() == "h2"
    context.set_alpn_protocols(["http/1.1"])
    with agreed(server, context) as secured:
        assert secured.selected_alpn_protocol() == "http/1.1"
        secured.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        secured.recv(1 << 16)
        assert secured.session is None or not secured.session.has_ticket  # no keys of tickets that would grow old
    old = trusted.trusting()
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    weak = [trusted.trusting() for _ in range(3)]
    for context, ciphers in zip(weak, ("AES128-GCM-SHA256", "ECDHE+SHA", "DHE-RSA-AES128-GCM-SHA256"), strict=True):
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    for context in (old, *weak):
        with pytest.raises((ssl.SSLError, ConnectionError)), agreed(server, context):
            pass
    curve = trusted.trusting()
    curve.maximum_version = ssl.TLSVersion.TLSv1_2
    curve.set_ecdh_curve("secp224r1")
    with pytest.raises((ssl.SSLError, ConnectionError)), agreed(server, curve):
        pass


def test_renegotiation_is_refused(server: RunningServer, trusted: Authority) -> None:
    """RFC 9325 3.5: a client that would negotiate anew gets a refusal."""
    port = urlsplit(server.url).port
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_2", "-CAfile", str(trusted.certificate)]
    asked = subprocess.run(command, input=b"R\n", capture_output=True, check=False, timeout=30)
    assert b"no renegotiation" in asked.stderr


def test_who_does_not_agree_is_gone(server: RunningServer) -> None:
    """Silence, and words without TLS, end the connection within the time of a handshake."""
    address = urlsplit(server.url)
    for sent in (b"", b"GET / HTTP/1.1\r\n\r\n"):
        began = time.monotonic()
        with socket.create_connection((address.hostname or "", address.port or 0), timeout=20) as plain:
            plain.sendall(sent)
            with suppress(ConnectionError):
                while plain.recv(1 << 10):
                    pass
        assert time.monotonic() - began < 10


def test_client_certificates(
    start_server: Callable[..., RunningServer],
    server: RunningServer,
    trusted: Authority,
    tmp_path: Path,
    objects: Path,
) -> None:
    """Where one must be shown, nothing is heard without it; where it may, a wrong one is refused all the same."""
    stranger = authority(tmp_path / "other").issue("stranger")
    known = trusted.issue("client", common_name="Viewer")
    strict = start_server(
        objects,
        "--workers",
        "1",
        OPENWADO_TLS_CERTIFICATE=str(trusted.issue("strict")),
        OPENWADO_TLS_CLIENT_CA=str(trusted.certificate),
        OPENWADO_TLS_CLIENT_CERTIFICATES="required",
        OPENWADO_TLS_MINIMUM_VERSION="1.3",
        OPENWADO_HTTP2="false",
    )
    assert httpx.get(f"{strict.url}/health", verify=trusted.trusting(known)).status_code == 200
    assert httpx.get(f"{server.url}/health", verify=trusted.trusting(known)).status_code == 200
    for url, shown in ((strict.url, None), (strict.url, stranger), (server.url, stranger)):
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{url}/health", verify=trusted.trusting(shown))
    for version, expected in ((ssl.TLSVersion.TLSv1_2, False), (ssl.TLSVersion.TLSv1_3, True)):
        context = trusted.trusting(known)
        context.maximum_version = version
        context.set_alpn_protocols(["h2", "http/1.1"])
        if expected:
            with agreed(strict, context) as secured:
                assert secured.selected_alpn_protocol() == "http/1.1"
        else:
            with pytest.raises((ssl.SSLError, ConnectionError)), agreed(strict, context):
                pass


def served(server: RunningServer, trusted: Authority) -> bytes:
    """Return the certificate that the server shows now."""
    with agreed(server, trusted.trusting()) as secured:
        return secured.getpeercert(binary_form=True) or b""


def test_a_new_certificate_needs_no_restart(server: RunningServer, trusted: Authority) -> None:
    """New connections get what the file holds; a file that is wrong changes nothing, and old connections go on."""
    with httpx.Client(base_url=server.url, verify=trusted.trusting(), http2=True) as client:
        assert client.get("/health").status_code == 200
        before = served(server, trusted)
        time.sleep(1.1)  # the files are looked at once a second
        path = trusted.issue()
        assert {served(server, trusted) for _ in range(8)} != {before}
        time.sleep(1.1)
        new = {served(server, trusted) for _ in range(8)}
        assert len(new) == 1
        good = path.read_bytes()
        path.write_bytes(good[: len(good) // 2])
        time.sleep(1.1)
        assert {served(server, trusted) for _ in range(8)} == new
        assert "certificates not read" in server.log.read_text(encoding="utf-8")
        path.write_bytes(good)
        time.sleep(1.1)
        assert {served(server, trusted) for _ in range(8)} == new
        assert client.get("/health").status_code == 200


def test_every_answer_says_what_browsers_may_do(clients: tuple[httpx.Client, httpx.Client]) -> None:
    """nosniff, frames, referrers, sharing and HSTS on pages, pictures, objects, errors and refusals; no cookie."""
    picture = wado_parameters((STUDY, SERIES, SMALL))
    for client in clients:
        for path, parameters in (
            ("/", {}),
            ("/wado", picture),
            ("/wado", large()),
            ("/wado", {}),
            ("/nowhere", {}),
            ("/health", {}),
            ("/studies", {}),
        ):
            for method in ("GET", "HEAD", "OPTIONS", "DELETE"):
                answer = client.request(method, path, params=parameters)
                fields = answer.headers
                assert fields.get_list("x-content-type-options") == ["nosniff"], (method, path)
                assert fields["referrer-policy"] == "same-origin"
                assert fields["cross-origin-resource-policy"] == "cross-origin"
                assert fields["strict-transport-security"] == "max-age=31536000"
                policies = fields.get_list("content-security-policy")
                assert len(policies) == 1
                assert policies[0].count("frame-ancestors 'self' https://ris.example") == 1
                assert "set-cookie" not in fields


def test_what_is_wrong_is_said_before_the_start(trusted: Authority, tmp_path: Path) -> None:
    """Files that are missing or wrong, and settings that contradict each other, keep the command from starting."""
    for name, value, said in (
        ("TLS_CERTIFICATE", "/nowhere.pem", "tls_certificate"),
        ("TLS_CLIENT_CA", str(trusted.certificate), "needs tls_certificate beside it"),
        ("TRUSTED_PROXIES", "proxy.example", "trusted_proxies (the environment): 'proxy.example' is no address"),
        ("FRAME_ANCESTORS", "ris.example; script-src *", "frame_ancestors"),
        ("TLS_MINIMUM_VERSION", "1.1", "tls_minimum_version"),
    ):
        command = [sys.executable, "-m", "openwado", "serve", "--port", "0", "--data", str(tmp_path / "data")]
        ended = subprocess.run(
            command,
            env=os.environ | {f"OPENWADO_{name}": value},
            capture_output=True,
            check=False,
            text=True,
            timeout=60,
        )
        assert ended.returncode != 0
        assert said in ended.stderr
