"""Who asks, over TLS by the real command: client certificates and passwords; rules read again; what is noted."""

from __future__ import annotations

import json
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from audit_reading import wait_for
from authorities import authority
from corridor.test_authentication import ADDRESSES, MINE, PASSWORD, basic, bearer, path_of, quick_digest
from made_objects import write_object
from openwado.access.api_key import make_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from authorities import Authority
    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("secured access")

RULES: list[dict[str, object]] = [
    {"roles": "physician", "rights": ["view", "native", "store", "sign", "delete"]},
    {"roles": "engineer", "rights": ["view", "observe"]},
]


def written(path: Path, **tables: list[dict[str, object]]) -> None:
    """Write settings."""
    lines = ["explain_parameter = true", "audit = true", "audit_window = 0.5", "metrics_readers = ['*']"]
    for name, rows in tables.items():
        for row in rows:
            lines += [f"[[{name}]]", *(f"{field} = {json.dumps(value)}" for field, value in row.items())]
    path.write_text("\n".join(lines), encoding="utf-8")


class Secured:
    """A server over TLS that knows clients by their certificates."""

    def __init__(self, start: Callable[..., RunningServer], trusted: Authority, folder: Path) -> None:
        self.trusted = trusted
        self.data = folder / "data"
        self.config = folder / "openwado.toml"
        self.shown = {name: trusted.issue(name, common_name=name) for name in ("known", "unknown")}
        pem = x509.load_pem_x509_certificate(self.shown["known"].read_bytes())
        self.key = make_key()
        self.tables: dict[str, list[dict[str, object]]] = {
            "access_rules": RULES,
            "access_certificates": [
                {"name": "ward", "roles": ["physician"], "fingerprint": pem.fingerprint(SHA256()).hex()}
            ],
            "access_passwords": [{"name": "ann", "roles": ["engineer"], "digest": quick_digest(PASSWORD)}],
            "access_api_keys": [{"name": "program", "roles": ["engineer"], "digest": self.key.digest}],
        }
        written(self.config, **self.tables)
        objects = folder / "objects"
        write_object(objects / "a.dcm", MINE[2], *MINE[:2], PatientID="P1")
        write_object(objects / "d.dcm", "1.2.11.1.1", "1.2.11", "1.2.11.1", PatientID="P7")
        self.server = start(
            objects,
            *("--config", self.config, "--workers", "1", "--stow", "--data", self.data),
            OPENWADO_TLS_CERTIFICATE=str(trusted.issue("server")),
            OPENWADO_TLS_CLIENT_CA=str(trusted.certificate),
        )

    def client(self, shown: str = "") -> httpx.Client:
        """Return a client that shows a certificate."""
        return httpx.Client(
            base_url=self.server.url, verify=self.trusted.trusting(self.shown[shown] if shown else None), timeout=60
        )


@pytest.fixture(scope="module")
def secured(start_server: Callable[..., RunningServer], tmp_path_factory: pytest.TempPathFactory) -> Secured:
    """Start the server."""
    folder = tmp_path_factory.mktemp("secured")
    return Secured(start_server, authority(folder / "certificates"), folder)


@pytest.mark.parametrize("shown", ["known", "unknown", ""])
def test_client_certificates_at_every_address(secured: Secured, shown: str) -> None:
    """A certificate that is known is let in everywhere; another one of the same authority, or none, nowhere."""
    with secured.client(shown) as client:
        found = {name: client.request(method, path).status_code for name, (method, path, _) in ADDRESSES.items()}
        health = client.get("/health").status_code
    if shown == "known":
        expected = {name: status for name, (_, _, status) in ADDRESSES.items()} | {"link": 404}
        expected |= {name: 404 for name in ADDRESSES if name.startswith("delete")}  # allowed, but nothing is there
    else:
        expected = dict.fromkeys(ADDRESSES, 401)
    assert (found, health) == (expected, 200)


def test_passwords_are_taken_over_tls(secured: Secured) -> None:
    """HTTP Basic needs no proxy's word where the server speaks TLS itself, and is offered there."""
    with secured.client() as client:
        assert client.get("/", auth=("ann", PASSWORD)).status_code == 200
        refused = client.get("/", auth=("ann", "wrong"))
    assert refused.status_code == 401
    assert any(one.startswith("Basic") for one in refused.headers.get_list("www-authenticate"))
    assert "Authorization" in basic("ann", PASSWORD)


def test_what_is_told_about_the_server_needs_the_right_observe(secured: Secured) -> None:
    """/metrics and explain=1 are for those with the right, not for everybody who may see the object."""
    explained = path_of(MINE, contentType="image/png", explain="1")
    with secured.client("known") as client:
        assert [client.get(path).status_code for path in (explained, "/metrics")] == [403, 403]
    with secured.client() as client:
        fields = bearer(secured.key.text)
        assert [client.get(path, headers=fields).status_code for path in (explained, "/metrics")] == [200, 200]
        assert [client.get(path).status_code for path in (explained, "/metrics")] == [401, 401]


def test_who_deletes_what_is_noted(secured: Secured) -> None:
    """DELETE leaves a message of the audit trail with the name that was proven (PS3.15 A.5.3.5)."""
    with secured.client("known") as client:
        assert client.delete("/studies/1.2.11").status_code == 204
        assert client.get(path_of(("1.2.11", "1.2.11.1", "1.2.11.1.1"))).status_code == 410
    told = wait_for(
        secured.data / "audit", lambda read: any((one.event, one.study) == ("110105", "1.2.11") for one in read), 20.0
    )
    (deleted,) = (one for one in told if one.event == "110105")
    assert (deleted.requestor, deleted.patient[0]) == ("ward", "P7")


def test_rules_are_read_again_and_never_half(secured: Secured) -> None:
    """SIGHUP takes a key away at once; settings that cannot be change nothing, so that nothing opens by a mistake."""

    def status() -> int:
        with secured.client() as client:
            return client.get("/", headers=bearer(secured.key.text)).status_code

    def settled(expected: int) -> bool:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with suppress(httpx.TransportError):  # this is about rules, not about connections to a process that retires
                if status() == expected:
                    return True
            time.sleep(0.2)
        return False

    assert status() == 200
    log = secured.server.log
    written(secured.config, **secured.tables | {"access_rules": [{"roles": "engineer", "rights": "everything"}]})
    secured.server.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + 30
    while "everything" not in log.read_text(encoding="utf-8") and time.monotonic() < end:
        time.sleep(0.1)
    assert "'everything' is no right" in log.read_text(encoding="utf-8")
    assert status() == 200
    written(secured.config, **secured.tables | {"access_api_keys": []})
    secured.server.process.send_signal(signal.SIGHUP)
    assert settled(401)


def test_open_to_everybody_is_said_aloud(
    start_server: Callable[..., RunningServer], secured: Secured, tmp_path: Path
) -> None:
    """With --insecure-no-auth everybody may see everything, and nobody may delete; the command says so."""
    write_object(tmp_path / "a.dcm", MINE[2], *MINE[:2])
    server = start_server(tmp_path, "--host", "0.0.0.0", "--insecure-no-auth", "--workers", "1")  # noqa: S104 -- on purpose
    assert "Nobody is asked who they are" in server.printed
    with httpx.Client(base_url=server.url.replace("0.0.0.0", "127.0.0.1")) as client:  # noqa: S104 -- where it listens
        assert client.get(path_of(MINE, contentType="image/png")).status_code == 200
        assert client.delete(f"/studies/{MINE[0]}").status_code == 405
        assert client.post("/links", json={}).status_code == 404
        assert "authorization" not in client.get("/").headers.get("vary", "").lower()
    with secured.client() as client:
        assert client.get("/").status_code == 401


def test_a_certificate_that_nobody_knows_is_told(secured: Secured) -> None:
    """It is a failed login by the name in it, though its authority vouches for it (PS3.15 A.5.3.12)."""
    with secured.client("unknown") as client:
        assert client.get("/").status_code == 401
    told = wait_for(secured.data / "audit", lambda found: any("CN=unknown" in one.requestor for one in found))
    failed = next(one for one in told if "CN=unknown" in one.requestor)
    assert (failed.event, failed.outcome) == ("110114", "4")
    assert failed.text("//EventOutcomeDescription/text()").startswith("certificate: ")
