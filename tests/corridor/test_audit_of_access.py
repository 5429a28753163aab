"""Audit where it is known who asks: names in messages, logins that fail, what is refused, who deletes (PS3.15 A.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from audit_reading import Read, wait_for
from authorities import authority
from made_objects import SERIES, STUDY, write_object
from openwado.access.api_key import make_key
from serving import wado_parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from authorities import Authority
    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("audit")

UIDS = wado_parameters((STUDY, SERIES, "1.2.3.1.1"))


@pytest.fixture(scope="module")
def keys() -> dict[str, str]:
    """Return keys of a viewer, and of somebody who may delete, and one that nobody knows."""
    return {}


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return who vouches for the server and its clients."""
    return authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def client(server: RunningServer, trusted: Authority) -> Iterator[httpx.Client]:
    """Give a client with a certificate."""
    with httpx.Client(base_url=server.url, verify=trusted.trusting(trusted.issue("client")), timeout=60) as one:
        yield one


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the audit."""
    return tmp_path_factory.mktemp("audited") / "audit"


@pytest.fixture(scope="module")
def server(
    start_server: Callable[..., RunningServer],
    tmp_path_factory: pytest.TempPathFactory,
    keys: dict[str, str],
    audit: Path,
    trusted: Authority,
) -> RunningServer:
    """Start a server that asks everybody who they are, machines for a certificate, and tells it."""
    folder = tmp_path_factory.mktemp("objects")
    write_object(folder / "a.dcm", "1.2.3.1.1", PatientID="P-1")
    write_object(folder / "b.dcm", "1.2.4.1", study="1.2.4", series="1.2.4.1", PatientID="P-2")
    rows = []
    for name in ("viewer", "keeper"):
        made = make_key()
        keys[name] = made.text
        rows.append(f'{{name = "{name}", digest = "{made.digest}", roles = ["{name}"]}}')
    keys["stranger"] = make_key().text
    config = tmp_path_factory.mktemp("config") / "openwado.toml"
    config.write_text(
        f'audit = true\naudit_window = 0.5\naudit_failures = 3\naudit_folder = "{audit}"\n'
        f"access_api_keys = [{', '.join(rows)}]\n"
        'access_rules = [{roles = "viewer", rights = ["view"]}, {roles = "keeper", rights = ["view", "delete"]}]\n'
    )
    return start_server(
        folder,
        "--config",
        config,
        "--workers",
        "1",
        OPENWADO_TLS_CERTIFICATE=str(trusted.issue()),
        OPENWADO_TLS_CLIENT_CA=str(trusted.certificate),
        OPENWADO_TLS_CLIENT_CERTIFICATES="required",
    )


def ask(client: httpx.Client, key: str, method: str = "GET", path: str = "/wado") -> int:
    """Send a request with a key; return the status."""
    parameters = UIDS if path == "/wado" else None
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return client.request(method, path, params=parameters, headers=headers).status_code


def test_names_are_told(client: httpx.Client, keys: dict[str, str], audit: Path) -> None:
    """Who has proven who they are logged in, once in a window, and is the one who accesses (A.5.3.12, A.5.3.6)."""
    assert {ask(client, keys["viewer"]) for _ in range(4)} == {200}
    messages = wait_for(audit, lambda found: {"110103", "110114"} <= {one.event for one in found})
    login = next(one for one in messages if one.event == "110114")
    assert (login.outcome, login.requestor, login.type) == ("0", "viewer", "110122")
    assert next(one for one in messages if one.event == "110103").requestor == "viewer"


def test_failures_are_told_and_repeated_ones_are_an_alert(
    client: httpx.Client, keys: dict[str, str], audit: Path
) -> None:
    """Wrong keys are failed logins, three of them an alert; the key stands nowhere; asking without one is no try."""
    assert ask(client, "") == 401

    def failed(found: list[Read]) -> list[Read]:
        return [one for one in found if one.event == "110114" and one.outcome != "0"]

    assert {ask(client, keys["stranger"]) for _ in range(3)} == {401}
    messages = wait_for(audit, lambda found: bool(failed(found)) and any(one.type == "110132" for one in found))
    assert failed(messages)[0].text("//EventOutcomeDescription/text()").startswith("bearer: ")
    assert any(one.alert.startswith("3 failed authentications") for one in messages if one.event == "110113")
    trail = b"".join(path.read_bytes() for path in audit.rglob("*") if path.is_file())
    assert not any(key.encode() in trail for key in keys.values())


def test_what_is_refused_is_an_alert_and_who_deletes_is_told(
    client: httpx.Client, keys: dict[str, str], audit: Path
) -> None:
    """What is not allowed is an alert about who asked; a study that is deleted over HTTP is told (A.5.3.8)."""
    assert ask(client, keys["viewer"], "DELETE", "/studies/1.2.4") == 403
    assert ask(client, keys["keeper"], "DELETE", "/studies/1.2.4") == 204
    messages = wait_for(audit, lambda found: "110105" in {one.event for one in found})
    gone = next(one for one in messages if one.event == "110105")
    assert (gone.requestor, gone.study, gone.patient[0]) == ("keeper", "1.2.4", "P-2")
    alert = next(one for one in messages if one.event == "110113" and "DELETE" in one.alert)
    assert (alert.type, alert.text("ActiveParticipant[2]/@UserID")) == ("110132", "viewer")


def test_machines_without_a_certificate_are_told(server: RunningServer, trusted: Authority, audit: Path) -> None:
    """A client without a certificate where one is required is a Node Authentication alert about its address."""
    with httpx.Client(base_url=server.url, verify=trusted.trusting()) as stranger, pytest.raises(httpx.TransportError):
        stranger.get("/health")
    messages = wait_for(audit, lambda found: any(one.type == "110126" for one in found))
    alert = next(one for one in messages if one.type == "110126")
    assert alert.text("ParticipantObjectIdentification/@ParticipantObjectID") == "127.0.0.1"
    assert "CERTIFICATE" in alert.alert
    assert "110126" not in {one.type for one in messages if one is not alert}
