"""Which pages may read answers: preflights, answers, errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openwado.server.options import PoolOptions, ServerOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.conftest import Running

VIEWER = "https://viewer.example"


@pytest.fixture(scope="module")
def named(start: Callable[..., Running]) -> Running:
    """Return a server that lets one viewer read, with credentials."""
    return start(cors_origins=[f"{VIEWER}/"], cors_credentials=True, processes=1)


@pytest.fixture(scope="module")
def anybody(start: Callable[..., Running]) -> Running:
    """Return a server that lets everybody read."""
    return start(cors_origins=["*"], processes=1)


def test_preflight_of_a_known_viewer(named: Running) -> None:
    """OPTIONS: 204 with methods, header fields, a lifetime, the origin itself and Vary."""
    asked = {"Origin": VIEWER, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "accept"}
    answer = named.client.options("/wado?do=bytes:1", headers=asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == VIEWER
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    allowed = set(answer.headers["access-control-allow-headers"].split(", "))
    assert {"accept", "authorization", "range", "if-none-match", "if-range"} <= allowed
    assert int(answer.headers["access-control-max-age"]) > 0
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize(
    ("do", "status"),
    [("bytes:10", 200), ("unknown", 404), ("unexpected", 500), ("error:503", 503), ("page", 200)],
)
def test_answers_and_errors_can_be_read(named: Running, anybody: Running, do: str, status: int) -> None:
    """A page sees statuses and header fields of errors too, not a network failure; Vary keeps what it had."""
    answer = named.get(do, headers={"Origin": VIEWER})
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == VIEWER
    assert answer.headers["access-control-allow-credentials"] == "true"
    exposed = set(answer.headers["access-control-expose-headers"].split(", "))
    assert {"ETag", "Content-Range", "Content-Length", "Warning", "Content-Location", "Server-Timing"} <= exposed
    (varies,) = answer.headers.get_list("vary")
    assert varies in ("Accept, Origin", "Accept, Accept-Language, Origin")
    answer = anybody.get(do, headers={"Origin": "https://any.example"})
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_unchanged_missing_and_refused_answers_can_be_read(named: Running) -> None:
    """304, unknown paths and wrong methods carry the origin as well."""
    asked = {"Origin": VIEWER}
    assert named.get("bytes:1", headers=asked | {"If-None-Match": "*"}).headers["access-control-allow-origin"] == VIEWER
    assert named.client.get("/nowhere", headers=asked).headers["access-control-allow-origin"] == VIEWER
    assert named.client.post("/wado", headers=asked).headers["access-control-allow-origin"] == VIEWER


def test_other_origins_get_nothing(named: Running, server: Running) -> None:
    """An origin that is not named may not read; its answers still vary by origin, so that no cache mixes them up."""
    for origin in ("https://evil.example", f"{VIEWER}.evil.example", "null", "http://viewer.example"):
        answer = named.get("bytes:1", headers={"Origin": origin})
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["vary"] == "Accept, Origin"
        asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        answer = named.client.options("/wado", headers=asked)
        assert answer.status_code == 204
        assert "access-control-allow-methods" not in answer.headers
    answer = server.get("bytes:1", headers={"Origin": VIEWER})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert answer.headers["vary"] == "Accept"


def test_everybody_with_credentials_cannot_be_configured() -> None:
    """Browsers refuse * with credentials, so it is refused here, before the server starts."""
    with pytest.raises(ValueError, match="cors_credentials"):
        ServerOptions(pool=PoolOptions(producer="x:y"), cors_origins=("*",), cors_credentials=True)
