"""Who gets through the door: bounds on connections and requests, proxies, and what TLS tells the application."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import uvloop
from uvicorn.config import Config

from authorities import authority
from openwado.server.census import Census, client_of
from openwado.server.connection_options import ConnectionOptions
from openwado.server.door import Door, entrance_of
from openwado.server.forwarded import Forwarded
from openwado.server.rate_limit import RateLimit
from openwado.server.request_rates import RequestRate, RequestRates, shared_rates
from openwado.server.secured_listener import WebServer
from openwado.server.security_headers import SecurityHeaders, SecurityOptions
from openwado.server.tls import TlsFiles, offered
from openwado.server.tls_details import distinguished_name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from pathlib import Path

    from starlette.types import Message, Receive, Scope, Send

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass
class Seen:
    """An application that keeps the scopes of its requests."""

    scopes: list[Scope] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with nothing."""
        del receive
        self.scopes.append(scope)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def serving(app: Seen, options: ConnectionOptions) -> AsyncIterator[tuple[int, Config]]:
    """Serve an application as an HTTP process does; give the port."""
    config = Config(app, http=Door, lifespan="off", log_config=None)
    config.load()
    config.connections = options  # type: ignore[attr-defined]
    server = WebServer(config)
    server.lifespan = config.lifespan_class(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        await server.startup([listener])
        try:
            yield listener.getsockname()[1], config
        finally:
            await server.shutdown()


def run(check: Awaitable[None]) -> None:
    """Run a check in the event loop that HTTP processes have."""

    async def in_time() -> None:
        await asyncio.wait_for(check, 30)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(in_time())


def test_connections_are_bounded_and_counted_down() -> None:
    """Beyond the bound of a client 429, beyond that of the server 503; who goes makes room (RFC 6585 4)."""

    async def check() -> None:
        app = Seen()
        async with serving(app, ConnectionOptions(most=4, most_of_client=3)) as (port, config):
            held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
            for reader, writer in held:
                writer.write(REQUEST)
                assert (await reader.read(100)).startswith(b"HTTP/1.1 204")
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            refusal = await reader.read()
            assert refusal.startswith(b"HTTP/1.1 429 Too Many Requests\r\n")
            assert b"\r\nretry-after: 5\r\n" in refusal
            writer.close()
            elsewhere = [
                await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0)) for _ in range(2)
            ]
            assert (await elsewhere[1][0].read()).startswith(b"HTTP/1.1 503 ")
            for _, writer in (*held, *elsewhere):
                writer.close()
            await asyncio.sleep(0.1)
            assert entrance_of(config).census == Census(4, 3, ())
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(REQUEST)
            assert (await reader.read(100)).startswith(b"HTTP/1.1 204")
            writer.close()

    run(check())


def test_connections_over_tls_are_counted_before_they_agree(tmp_path: Path) -> None:
    """Who does not go on with TLS is counted, and let go after its time; more of one client are closed."""
    trusted = authority(tmp_path)
    options = ConnectionOptions(
        most_of_client=3, handshake_seconds=0.4, tls=TlsFiles(str(trusted.issue()), protocols=offered(http2=True))
    )

    async def check() -> None:
        app = Seen()
        async with serving(app, options) as (port, config):
            silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
            await asyncio.sleep(0.1)
            assert entrance_of(config).census.total == 3
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert await reader.read() == b""
            writer.close()
            await asyncio.sleep(0.6)
            assert entrance_of(config).census.total == 0
            for _, writer in silent:
                writer.close()
            for name in ("h2", "http/1.1"):
                context = trusted.trusting()
                context.set_alpn_protocols([name])
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", port, ssl=context, server_hostname="localhost"
                )
                assert entrance_of(config).census.total == 1
                writer.close()
                await asyncio.sleep(0.1)
                assert entrance_of(config).census.total == 0

    run(check())


def test_the_application_is_told_about_tls(tmp_path: Path) -> None:
    """The ASGI extension has the client's certificate as PEM, its name (RFC 4514), version and cipher."""
    trusted = authority(tmp_path)
    shown = trusted.issue("client", common_name="Dr. Who, Jr.")
    files = TlsFiles(
        str(trusted.issue()),
        client_authorities=str(trusted.certificate),
        requires_client=False,
        protocols=offered(http2=False),
    )

    async def check() -> None:
        app = Seen()
        async with serving(app, ConnectionOptions(tls=files)) as (port, _):
            for certificate in (shown, None):
                context = trusted.trusting(certificate)
                context.maximum_version = ssl.TLSVersion.TLSv1_3 if certificate else ssl.TLSVersion.TLSv1_2
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", port, ssl=context, server_hostname="localhost"
                )
                writer.write(REQUEST)
                assert (await reader.read(100)).startswith(b"HTTP/1.1 204")
                writer.close()
        with_it, without = (scope["extensions"]["tls"] for scope in app.scopes)
        assert [scope["scheme"] for scope in app.scopes] == ["https", "https"]
        assert with_it["client_cert_chain"][0] in shown.read_text(encoding="ascii")
        assert "CN=Dr. Who\\, Jr." in with_it["client_cert_name"]
        assert (with_it["tls_version"], without["tls_version"]) == (0x0304, 0x0303)
        assert with_it["cipher_suite"] in (0x1301, 0x1302, 0x1303)
        assert (without["client_cert_chain"], without["client_cert_name"]) == ([], None)

    run(check())


def test_names_of_certificates_cannot_be_forged_by_their_parts() -> None:
    """What separates the parts of a name is escaped where it is within one (RFC 4514 2.4)."""
    forged = ((("organizationName", " #a"),), (("commonName", 'x,O=real+CN="y"\\ '),), (("unheard", "\0"),))
    assert distinguished_name(forged) == 'unheard=\\00,CN=x\\,O=real\\+CN=\\"y\\"\\\\\\ ,O=\\ #a'


def test_ipv6_clients_are_networks() -> None:
    """A network of IPv6 counts as one client, a mapped address as that of IPv4."""
    assert client_of("2001:db8:0:1::7") == client_of("2001:db8::1:ffff:0:0:1") == "2001:db8:0:1::/64"
    assert client_of("::ffff:192.0.2.7") == client_of("192.0.2.7") == "192.0.2.7"
    assert client_of("fe80::1%eth0") == "fe80::/64"
    assert client_of("/run/socket") == "/run/socket"
    census = Census(most_of_client=1, proxies=("10.0.0.0/8",))
    assert [census.enter("10.1.2.3") for _ in range(3)] == ["", "", ""]
    assert [census.enter("192.0.2.1") for _ in range(2)] == ["", "client"]


def test_requests_are_held_back_beyond_burst_and_rate() -> None:
    """A burst at once, then the rate; others are not held back, and refused requests cost nothing."""
    rates = RequestRates(RequestRate(10, 5))
    assert [rates.count("192.0.2.1", 100.0) for _ in range(5)] == [0.0] * 5
    early = [rates.count("192.0.2.1", 100.0) for _ in range(50)]
    assert early == pytest.approx([0.1] * 50)
    assert rates.count("192.0.2.2", 100.0) == 0.0
    assert rates.count("192.0.2.1", 100.11) == 0.0
    assert rates.count("192.0.2.1", 100.11) > 0
    assert [rates.count("192.0.2.1", 200.0) for _ in range(6)][:5] == [0.0] * 5


def test_many_clients_do_not_hold_one_back() -> None:
    """Thousands of clients at their rates share the memory, and none that is slow is refused."""
    rates = RequestRates(RequestRate(1, 2))
    for number in range(4000):
        for _ in range(3):
            rates.count(f"10.{number >> 8}.{number & 255}.1", 1000.0)
    refused = sum(rates.count(f"192.0.{number >> 8}.{number & 255}", 1000.0) > 0 for number in range(1000))
    assert refused < 20


def test_rates_are_shared_between_processes() -> None:
    """What one process has counted, another sees."""
    rates = shared_rates(RequestRate(1, 3))
    assert rates is not None
    assert shared_rates(RequestRate()) is None
    again = RequestRates(rates.rate, rates.cells, rates.key)
    assert [each.count("192.0.2.1", 50.0) > 0 for each in (rates, again, rates, again)] == [False, False, False, True]


async def asked(app: Any, client: str = "192.0.2.9", **headers: str) -> tuple[int, dict[bytes, bytes]]:  # noqa: ANN401
    """Ask an application; return status and header fields."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": "/", "scheme": "http", "client": (client, 1), "headers": fields}
    await app(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"])


def test_429_says_when() -> None:
    """A client that is held back hears when to come again (RFC 6585 4)."""

    async def check() -> None:
        app = RateLimit(Seen(), RequestRates(RequestRate(1, 1)))
        assert (await asked(app))[0] == 204
        status, fields = await asked(app)
        assert (status, fields[b"retry-after"]) == (429, b"1")
        assert (await asked(app, "192.0.2.10"))[0] == 204

    asyncio.run(check())


def test_only_trusted_proxies_are_believed() -> None:
    """The client is the last address that no trusted proxy has, whoever else may say what; the scheme likewise."""

    async def check() -> None:
        seen = Seen()
        app = Forwarded(seen, ("192.0.2.0/24",))
        said = {"x_forwarded_for": "6.6.6.6, 203.0.113.5, 192.0.2.7", "x_forwarded_proto": "https"}
        await asked(app, "192.0.2.9", **said)
        await asked(app, "198.51.100.1", **said)
        believed, doubted = seen.scopes
        assert (believed["client"][0], believed["scheme"]) == ("203.0.113.5", "https")
        assert believed["state"]["trusted_proxy"] == "192.0.2.9"
        assert (doubted["client"][0], doubted["scheme"]) == ("198.51.100.1", "http")
        assert "trusted_proxy" not in doubted.get("state", {})

    asyncio.run(check())


def test_hsts_is_not_said_without_tls() -> None:
    """Strict-Transport-Security is said over HTTPS only (RFC 6797 7.2), and what an answer says itself stays once."""

    async def check() -> None:
        app = SecurityHeaders(Seen(), SecurityOptions(frame_ancestors=("*",), hsts_seconds=60))
        _, fields = await asked(app)
        assert b"strict-transport-security" not in fields
        assert fields[b"content-security-policy"] == b"frame-ancestors *"
        assert fields[b"x-content-type-options"] == b"nosniff"
        secured = Forwarded(app, ("192.0.2.9/32",))
        _, fields = await asked(secured, x_forwarded_proto="https")
        assert fields[b"strict-transport-security"] == b"max-age=60"

    asyncio.run(check())
