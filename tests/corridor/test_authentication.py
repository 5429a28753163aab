"""Who asks, and what they may see: every way to prove it, at every address of the real command (PS3.18 8.5)."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pydicom
import pytest

from issuing import Provider
from made_objects import write_object
from openwado.access.api_key import make_key
from openwado.access.link import LinkKey, LinkKeys, LinkWish, make_secret
from serving import wado_parameters
from stowing import reasons_of, store, uids_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("authentication")

MINE = ("1.2.3.1", "1.2.3.1.1", "1.2.3.1.1.1")
OTHERS = ("1.2.3.2", "1.2.3.2.1", "1.2.3.2.1.1")
ABSENT = ("1.2.3.9", "1.2.3.9.1", "1.2.3.9.1.1")
STUDY_MR = ("1.2.3.1", "1.2.3.1.2", "1.2.3.1.2.1")  # a series of another modality in a study that is seen
PASSWORD = "correct horse battery"  # noqa: S105 -- of this test only
WAYS = ("token", "key", "password", "proxy", "link")
STATES = ("right", "wrong", "expired", "none")
WITHOUT_EXPIRY = {("password", "expired"), ("proxy", "expired")}
TLS = {"X-Forwarded-Proto": "https"}


@dataclass
class Hospital:
    """A server that asks everybody who they are, and how to prove it."""

    server: RunningServer
    provider: Provider
    keys: dict[str, str]
    links: LinkKeys
    config: Path

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask."""
        return self.server.client.get(path, headers=headers)

    def token(self, *roles: str, **claims: object) -> dict[str, str]:
        """Return header fields with a token for roles."""
        return bearer(self.provider.token(claims={"roles": list(roles)} | claims))


def bearer(text: str) -> dict[str, str]:
    """Return the header field."""
    return {"Authorization": f"Bearer {text}"}


def basic(name: str, password: str) -> dict[str, str]:
    """Return the header fields, with the word of a proxy that TLS was spoken."""
    return {"Authorization": f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"} | TLS


def path_of(uids: tuple[str, str, str], **more: str) -> str:
    """Return path and query of a request."""
    return f"/wado?{urlencode(wado_parameters(uids) | more)}"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """Give an OpenID provider."""
    with Provider() as running:
        yield running


@pytest.fixture(scope="module")
def hospital(
    start_server: Callable[..., RunningServer], provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> Hospital:
    """Start a server with two patients, and rules for each kind of role."""
    folder = tmp_path_factory.mktemp("hospital")
    write_object(folder / "a.dcm", MINE[2], *MINE[:2], PatientID="P1", InstitutionName="St. Mary")
    write_object(
        folder / "c.dcm", STUDY_MR[2], *STUDY_MR[:2], PatientID="P1", InstitutionName="St. Mary", Modality="MR"
    )
    write_object(
        folder / "b.dcm", OTHERS[2], *OTHERS[:2], PatientID="P2", InstitutionName="Other", PatientName="Secret"
    )
    good, old = make_key(), make_key()
    secret = make_secret()
    config = folder / "openwado.toml"
    config.write_text(
        _toml(
            provider.issuer,
            access_api_keys=[
                {"name": "viewer", "digest": good.digest, "roles": ["physician"]},
                {"name": "old", "digest": old.digest, "roles": ["physician"], "expires": "2020-01-01"},
            ],
            access_passwords=[{"name": "doctor", "digest": quick_digest(PASSWORD), "roles": ["physician"]}],
            access_link_keys=[{"id": "now", "secret": secret}],
        ),
        encoding="utf-8",
    )
    server = start_server(folder, "--config", config, "--workers", "2", "--stow", OPENWADO_LOG_LEVEL="debug")
    return Hospital(
        server, provider, {"good": good.text, "old": old.text}, LinkKeys([LinkKey(id="now", secret=secret)]), config
    )


def quick_digest(text: str) -> str:
    """Return a digest of a password that takes next to no time: this is about answers."""
    salt = b"salt of this test"
    return f"scrypt:1024:8:1:{salt.hex()}:{hashlib.scrypt(text.encode(), salt=salt, n=1024, r=8, p=1, dklen=32).hex()}"


def _toml(issuer: str, **tables: list[dict[str, Any]]) -> str:
    rules: list[dict[str, Any]] = [
        {"roles": "physician", "rights": ["view", "native", "store", "sign"]},
        {"roles": "mary", "rights": ["view", "store", "sign"], "institution_name": "St.*"},
        {"roles": "ct", "rights": ["view", "sign"], "modality": "CT"},
        {"roles": "scanner", "rights": ["view", "native"], "modality": "CT"},
        {"roles": "researcher", "rights": "anonymized"},
        {"roles": "patient", "rights": ["view", "native"], "patient_id": "{patient}"},
        {"roles": "keeper", "rights": ["view", "delete"], "institution_name": "Temporary"},
        {"roles": "watcher", "rights": "observe"},
    ]
    every: dict[str, list[dict[str, Any]]] = {
        "access_rules": rules,
        "access_issuers": [{"issuer": issuer, "audience": "openwado", "leeway": 1}],
    } | tables
    lines = ['access_proxies = ["127.0.0.1"]', 'access_proxy_user_header = "X-Remote-User"']
    lines.append('access_proxy_roles_header = "X-Remote-Roles"')
    for name, rows in every.items():
        for row in rows:
            lines += [f"[[{name}]]", *(f"{field} = {json.dumps(value)}" for field, value in row.items())]
    return "\n".join(lines)


#: Every address that tells something of a patient, with its method, and the status for a physician.
ADDRESSES = {
    "picture": ("GET", path_of(MINE, contentType="image/png"), 200),
    "head of a picture": ("HEAD", path_of(MINE, contentType="image/png"), 200),
    "object": ("GET", path_of(MINE, contentType="application/dicom"), 200),
    "object that is not there": ("GET", path_of(ABSENT), 404),
    "request that is none": ("GET", "/wado?requestType=WADO", 400),
    "studies": ("GET", "/", 200),
    "study": ("GET", f"/studies/{MINE[0]}", 200),
    "series": ("GET", f"/studies/{MINE[0]}/series/{MINE[1]}", 200),
    "instance": ("GET", f"/studies/{MINE[0]}/series/{MINE[1]}/instances/{MINE[2]}", 200),
    "list for OHIF": ("GET", f"/studies/{MINE[0]}/ohif.json", 200),
    "list for Weasis": ("GET", f"/studies/{MINE[0]}/weasis.xml", 200),
    "list of a series for OHIF": ("GET", f"/studies/{MINE[0]}/series/{MINE[1]}/ohif.json", 200),
    "list of a series for Weasis": ("GET", f"/studies/{MINE[0]}/series/{MINE[1]}/weasis.xml", 200),
    "document": (
        "GET",
        f"/studies/{MINE[0]}/series/{MINE[1]}/instances/{MINE[2]}/document?{path_of(MINE).partition('?')[2]}&lang=en",
        200,
    ),
    "attributes": ("GET", f"/studies/{MINE[0]}/series/{MINE[1]}/instances/{MINE[2]}/attributes", 200),
    "store": ("POST", "/studies", 415),
    "store in a study": ("POST", f"/studies/{MINE[0]}", 415),
    "link": ("POST", "/links", 415),
    "delete a study": ("DELETE", f"/studies/{ABSENT[0]}", 403),
    "delete a series": ("DELETE", f"/studies/{ABSENT[0]}/series/{ABSENT[1]}", 403),
    "delete an instance": ("DELETE", f"/studies/{ABSENT[0]}/series/{ABSENT[1]}/instances/{ABSENT[2]}", 403),
    "statement": ("GET", "/statement?format=md", 200),
    "nothing": ("GET", "/nothing", 404),
}


def _proof(hospital: Hospital, way: str, state: str, method: str, path: str) -> tuple[str, dict[str, str], int]:
    """Return the address and the header fields that prove who asks, and the status where they do not."""
    if state == "none":
        return path, {}, 401
    if way == "token":
        other = {"exp": int(time.time()) - 60} if state == "expired" else {}
        fields = hospital.token("physician", **other)
        return path, bearer(fields["Authorization"][7:-4] + "AAAA") if state == "wrong" else fields, 401
    if way == "key":
        wrong = hospital.keys["good"][:-4] + "AAAA"
        return (
            path,
            bearer({"right": hospital.keys["good"], "wrong": wrong, "expired": hospital.keys["old"]}[state]),
            401,
        )
    if way == "password":
        return path, basic("doctor", PASSWORD if state == "right" else "wrong" * 3), 401
    if way == "proxy":
        return path, {"X-Remote-User": "doctor" if state == "right" else "", "X-Remote-Roles": "physician"}, 401
    parts = urlsplit(path)
    expires = int(time.time()) + (-1 if state == "expired" else 600)
    link = hospital.links.sign(LinkWish(parts.query or "requestType=WADO", expires))
    changed = link.replace("allows=", "rows=1&allows=") if state == "wrong" else link
    is_wado = parts.path == "/wado" and method in ("GET", "HEAD")
    return f"{parts.path}?{changed}", {}, {"wrong": 403, "expired": 410}.get(state, 401) if is_wado else 401


@pytest.mark.parametrize(
    ("way", "state"),
    [(way, state) for way in WAYS for state in STATES if (way, state) not in WITHOUT_EXPIRY],
)
def test_every_way_at_every_address(hospital: Hospital, way: str, state: str) -> None:
    """Right proof is let in everywhere; wrong, expired and missing proof nowhere, whatever is or is not there."""
    found = {}
    expected = {}
    for name, (method, path, status) in ADDRESSES.items():
        address, fields, refused = _proof(hospital, way, state, method, path)
        answer = hospital.server.client.request(method, address, headers=fields)
        found[name] = answer.status_code
        good = state == "right" and (way != "link" or address.startswith("/wado?"))
        expected[name] = status if good else refused
        if not good and method != "HEAD":
            assert "Example" not in answer.text
        if answer.status_code == 401:
            assert any(one.startswith("Bearer") for one in answer.headers.get_list("www-authenticate"))
            assert answer.headers["cache-control"] == "no-store"
    assert found == expected


def test_no_address_is_forgotten(hospital: Hospital, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each route of the application is in the matrix above, or is one that everybody may ask."""
    from openwado.assemble import environment_of  # noqa: PLC0415 -- only here
    from openwado.config import load  # noqa: PLC0415 -- only here
    from openwado.server.wired import from_environment  # noqa: PLC0415 -- only here

    for name, value in environment_of(load(config=hospital.config, stow=True, data=str(tmp_path))).items():
        monkeypatch.setenv(name, value)
    found: Any = from_environment()
    while not hasattr(found, "routes"):
        found = found._app
    paths = {
        route.path.replace(":path", "").format(
            study_uid=MINE[0], series_uid=MINE[1], sop_uid=MINE[2], name="x", address="x"
        )
        for route in found.routes
    }
    asked = {urlsplit(path).path for _, path, _ in ADDRESSES.values()}
    assert paths - asked <= {"/health", "/ready", "/metrics", "/static/x", "/docs", "/docs/x"}


def test_what_everybody_may_ask(hospital: Hospital) -> None:
    """Health, OPTIONS, the page's own files and the manual tell of no patient, and need no proof."""
    assert hospital.get("/health").status_code == 200
    assert hospital.server.client.options("/wado").status_code == 204
    assert hospital.get("/static/nothing").status_code == 404
    assert hospital.get("/docs").status_code == 308
    manual = hospital.get("/docs/")
    assert manual.status_code == 200
    assert MINE[0] not in manual.text
    for address in ("/docs/../", "/docs/%2e%2e/studies", "/docs/nothing", "/docsx"):
        assert hospital.get(address).status_code in (401, 404), address


def test_what_may_not_be_seen_is_not_there(hospital: Hospital) -> None:
    """An object of others is answered like one that never was: 404, and the same words (existence is information)."""
    fields = hospital.token("mary")
    hidden, absent = (hospital.get(path_of(uids), **fields) for uids in (OTHERS, ABSENT))
    assert (hidden.status_code, hidden.text) == (absent.status_code, absent.text)
    assert hidden.status_code == 404
    assert hospital.get(path_of(MINE), **fields).status_code == 200
    for path in (f"/studies/{OTHERS[0]}", f"/studies/{OTHERS[0]}/series/{OTHERS[1]}"):
        assert hospital.get(path, **fields).status_code == 404


def test_lists_show_what_may_be_seen(hospital: Hospital) -> None:
    """Names and numbers of others stand in no list; neither do series of a study that may not be seen."""
    everything = hospital.get("/", **hospital.token("physician")).text
    assert "Secret" in everything
    some = hospital.get("/", **hospital.token("mary")).text
    assert "Secret" not in some
    assert "Example" in some
    study = hospital.get(f"/studies/{MINE[0]}", **hospital.token("ct")).text
    assert MINE[1] in study
    assert STUDY_MR[1] not in study
    assert "Example" not in hospital.get("/", **hospital.token("researcher")).text
    assert "Example" not in hospital.get("/", **hospital.token("nobody")).text


@pytest.mark.parametrize("viewer", ["ohif.json", "weasis.xml"])
def test_viewers_are_told_of_what_they_may_have(hospital: Hospital, viewer: str) -> None:
    """A list for a viewer has what may be had as DICOM; what may be seen only is 403, and nothing else is there."""
    mine, others = f"/studies/{MINE[0]}/{viewer}", f"/studies/{OTHERS[0]}/{viewer}"
    own = hospital.token("patient", patient="P1")
    assert hospital.get(mine, **own).status_code == 200
    assert hospital.get(others, **own).status_code == 404
    assert hospital.get(mine, **hospital.token("ct")).status_code == 403
    assert hospital.get(mine, **hospital.token("researcher")).status_code == 404
    both = hospital.get(mine, **own).text
    assert MINE[2] in both
    assert STUDY_MR[2] in both
    part = hospital.get(mine, **hospital.token("ct", "scanner")).text
    assert MINE[2] in part
    assert STUDY_MR[2] not in part
    of_series = f"/studies/{MINE[0]}/series/{STUDY_MR[1]}/{viewer}"
    assert hospital.get(of_series, **hospital.token("scanner")).status_code == 404
    assert hospital.get(of_series, **hospital.token("mary")).status_code == 403


def test_rights_are_kept_apart(hospital: Hospital) -> None:
    """Seeing an object is not having it as DICOM: 403, and the sentence says what is allowed."""
    answer = hospital.get(path_of(MINE, contentType="application/dicom"), **hospital.token("mary"))
    assert answer.status_code == 403
    assert "rendered" in answer.text
    assert hospital.get(path_of(MINE), Accept="application/dicom", **hospital.token("mary")).status_code in (403, 406)


def test_anonymized_only(hospital: Hospital) -> None:
    """Who may have objects anonymized only is told so, and never sent who they are about."""
    fields = hospital.token("researcher")
    for path in (path_of(MINE), path_of(MINE, contentType="application/dicom")):
        answer = hospital.get(path, **fields)
        assert answer.status_code == 403
        assert "anonymize=yes" in answer.text
    answer = hospital.get(path_of(MINE, contentType="application/dicom", anonymize="yes"), **fields)
    assert answer.status_code == 200
    assert pydicom.dcmread(BytesIO(answer.content)).PatientID != "P1"


def test_a_claim_is_compared_with_the_object(hospital: Hospital) -> None:
    """A patient sees what has their own Patient ID; a wildcard or an empty claim matches nothing."""
    assert hospital.get(path_of(MINE), **hospital.token("patient", patient="P1")).status_code == 200
    for claim in ("P2", "P*", "", None, ["*"]):
        assert hospital.get(path_of(MINE), **hospital.token("patient", patient=claim)).status_code == 404


def test_answers_are_kept_apart_by_caches(hospital: Hospital) -> None:
    """A picture that one may see is never confirmed to another by its tag, and no shared cache may keep it."""
    first = hospital.get(path_of(OTHERS), **hospital.token("physician"))
    assert first.status_code == 200
    assert "private" in first.headers["cache-control"]
    assert "authorization" in first.headers["vary"].lower()
    tag = first.headers["etag"]
    assert hospital.get(path_of(OTHERS), **hospital.token("physician"), **{"If-None-Match": tag}).status_code == 304
    assert hospital.get(path_of(OTHERS), **hospital.token("mary"), **{"If-None-Match": tag}).status_code == 404
    assert hospital.get(path_of(OTHERS), **{"If-None-Match": tag}).status_code == 401


def test_storing_needs_the_right_and_fitting_objects(hospital: Hospital, tmp_path: Path) -> None:
    """Store is refused as a whole to whoever has no right to it, and for each object that is not theirs (0124H)."""
    own = write_object(tmp_path / "own", "1.2.5.1", "1.2.5", "1.2.5.0", InstitutionName="St. Mary").read_bytes()
    foreign = write_object(tmp_path / "x", "1.2.6.1", "1.2.6", "1.2.6.0", InstitutionName="Other").read_bytes()
    from stowing import parts_of  # noqa: PLC0415 -- only here

    assert store(hospital.server, parts_of(own)).status_code == 401
    assert store(hospital.server, parts_of(own), **hospital.token("ct")).status_code == 403
    mixed = store(hospital.server, parts_of(own, foreign), **hospital.token("mary"))
    assert mixed.status_code == 202
    assert (uids_of(mixed), reasons_of(mixed, "00081198")) == (["1.2.5.1"], [0x0124])
    refused = store(hospital.server, parts_of(foreign), **hospital.token("mary"))
    assert refused.status_code == 403
    assert hospital.get(path_of(("1.2.6", "1.2.6.0", "1.2.6.1")), **hospital.token("physician")).status_code == 404


def test_the_uid_of_an_object_of_others_cannot_be_taken(hospital: Hospital, tmp_path: Path) -> None:
    """An object that is here and may not be stored by who sends is neither replaced nor confirmed."""
    from stowing import parts_of  # noqa: PLC0415 -- only here

    taken = write_object(tmp_path / "t", OTHERS[2], *OTHERS[:2], InstitutionName="St. Mary").read_bytes()
    answer = store(hospital.server, parts_of(taken), **hospital.token("mary"))
    assert (answer.status_code, reasons_of(answer, "00081198")) == (403, [0x0124])


def test_deleting_needs_the_right_to_all_of_it(hospital: Hospital, tmp_path: Path) -> None:
    """DELETE takes away what who asks may delete, all or nothing; what they may not know of is not there (404)."""
    objects = [
        write_object(tmp_path / uid, uid, "1.2.7", f"1.2.7.{number}", InstitutionName=place).read_bytes()
        for number, uid, place in ((1, "1.2.7.1.1", "Temporary"), (2, "1.2.7.2.1", "Other"))
    ]
    from stowing import parts_of  # noqa: PLC0415 -- only here

    assert store(hospital.server, parts_of(*objects), **hospital.token("physician")).status_code == 200

    def delete(path: str, role: str = "keeper") -> int:
        return hospital.server.client.delete(path, headers=hospital.token(role)).status_code

    first, second = "/studies/1.2.7/series/1.2.7.1", "/studies/1.2.7/series/1.2.7.2"
    assert [delete("/studies/1.2.7"), delete(second), delete("/studies/1.2.8")] == [403, 404, 404]
    assert delete(f"{second}/instances/1.2.7.1.1") == 404
    assert delete(first, "mary") == 403
    assert delete(f"{first}/instances/1.2.7.1.1") == 204
    gone = hospital.get(path_of(("1.2.7", "1.2.7.1", "1.2.7.1.1")), **hospital.token("physician"))
    assert gone.status_code == 410
    hidden = hospital.get(path_of(("1.2.7", "1.2.7.1", "1.2.7.1.1")), **hospital.token("mary"))
    assert hidden.status_code == 404  # that it was there is information too
    assert hospital.server.client.options("/studies/1.2.7").headers["allow"].endswith("DELETE, POST")
    assert hospital.server.client.options(first).headers["allow"].endswith("DELETE")
    assert delete(first) == 404


def test_passwords_need_tls(hospital: Hospital) -> None:
    """A right password over plain HTTP is not taken, and no password is asked for there (RFC 7617 4)."""
    fields = basic("doctor", PASSWORD)
    del fields["X-Forwarded-Proto"]
    answer = hospital.get("/", Accept="text/plain", **fields)
    assert answer.status_code == 401
    assert "TLS" in answer.text
    assert not any(one.startswith("Basic") for one in answer.headers.get_list("www-authenticate"))


def test_tokens_of_an_attacker(hospital: Hospital) -> None:
    """No algorithm confusion, no unsigned token, no other issuer, audience or key gets in (RFC 8725)."""
    import jwt  # noqa: PLC0415 -- only here
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415 -- only here

    from issuing import rsa_key  # noqa: PLC0415 -- only here

    provider = hospital.provider
    now = int(time.time())
    claims = {"iss": provider.issuer, "aud": "openwado", "sub": "x", "exp": now + 600, "roles": ["physician"]}
    public = provider.keys["first"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "first", "typ": "JWT"}).encode()).rstrip(b"=")
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
    import hmac  # noqa: PLC0415 -- only here

    mac = base64.urlsafe_b64encode(hmac.digest(public, header + b"." + body, "sha256")).rstrip(b"=")
    tokens = {
        "public key as a secret": (header + b"." + body + b"." + mac).decode(),
        "none": jwt.encode(claims, "", algorithm="none"),
        "key of their own": jwt.encode(claims, rsa_key(), algorithm="RS256", headers={"kid": "first"}),
        "key in the header": jwt.encode(
            claims, rsa_key(), algorithm="RS256", headers={"jwk": {"kty": "RSA"}, "jku": "http://127.0.0.1:1/"}
        ),
        "unknown kid": jwt.encode(claims, rsa_key(), algorithm="RS256", headers={"kid": "../../dev/null"}),
        "other issuer": jwt.encode(claims | {"iss": "https://evil.example"}, rsa_key(), algorithm="RS256"),
        "other audience": provider.token(claims={"aud": "other", "roles": ["physician"]}),
        "no expiry": provider.token(claims={"exp": None, "roles": ["physician"]}),
        "no audience": provider.token(claims={"aud": None, "roles": ["physician"]}),
        "not yet": provider.token(claims={"nbf": now + 300, "roles": ["physician"]}),
        "wrong algorithm for the key": jwt.encode(
            claims, provider.keys["curve"], algorithm="ES256", headers={"kid": "first"}
        ),
        "no token": "abc",
        "much too long": "a" * 20000,
    }
    found = {name: hospital.get("/", **bearer(token)).status_code for name, token in tokens.items()}
    assert found == dict.fromkeys(tokens, 401)
    assert (
        hospital.get("/", **bearer(provider.token("curve", "ES256", claims={"roles": ["physician"]}))).status_code
        == 200
    )
    assert (
        hospital.get("/", **bearer(provider.token("first", "PS256", claims={"roles": ["physician"]}))).status_code
        == 200
    )


def test_two_proofs_are_none(hospital: Hospital) -> None:
    """Authorization twice is refused, whichever of them would be right."""
    fields = [("Authorization", f"Bearer {hospital.keys['good']}"), ("Authorization", "Bearer other")]
    assert hospital.server.client.get("/", headers=fields).status_code == 400


def test_a_link_cannot_be_widened(hospital: Hospital) -> None:
    """Whatever is added to a link, left out of it, changed or said in header fields: it opens what it was made for."""
    query = urlsplit(path_of(MINE, contentType="image/png")).query
    link = hospital.links.sign(LinkWish(query, int(time.time()) + 600))
    assert hospital.get(f"/wado?{link}").headers["content-type"] == "image/png"
    for changed in (
        link.replace("image/png", "application/dicom").replace("image%2Fpng", "application%2Fdicom"),
        f"{link}&rows=2",
        f"{link}&anonymize=yes",
        f"{link}&x=1",
        link.replace(MINE[2], OTHERS[2]),
        link.replace("allows=view", "allows=native"),
        link.replace("scope=object", "scope=study"),
        link.replace("uses=0", "uses=1"),
        link.replace("&uses=0", ""),
        f"{link}&expires=9999999999",
        link.replace("keyId=now", "keyId=then"),
        f"scope=study&{link}",
    ):
        assert changed != link
        assert hospital.get(f"/wado?{changed}").status_code == 403, changed
    plain = hospital.links.sign(LinkWish(urlsplit(path_of(MINE)).query, int(time.time()) + 600))
    assert hospital.get(f"/wado?{plain}", Accept="application/dicom").status_code in (403, 406)
    assert hospital.get(f"/wado?{plain}").headers["content-type"] == "image/jpeg"


def test_links_to_a_series_and_a_study(hospital: Hospital) -> None:
    """A link of a wider scope opens each object in it, as it allows, and nothing else."""
    expires = int(time.time()) + 600
    query = urlsplit(path_of(MINE)).query
    for scope, other in (("series", 403), ("study", 200)):
        link = hospital.links.sign(LinkWish(query, expires, scope))  # type: ignore[arg-type] # both are scopes
        own = {name: value[0] for name, value in parse_qs(link).items()}
        signed = {name: own[name] for name in ("scope", "allows", "linkId", "uses", "expires", "keyId", "signature")}
        assert hospital.get(path_of(MINE, rows="2", contentType="image/png", **signed)).status_code == 200
        assert hospital.get(path_of(STUDY_MR, **signed)).status_code == other
        assert hospital.get(path_of(OTHERS, **signed)).status_code == 403
        assert hospital.get(path_of(MINE, contentType="application/dicom", **signed)).status_code == 403
        mixed = {"studyUID": OTHERS[0], "seriesUID": OTHERS[1], "objectUID": MINE[2]}
        assert hospital.get(f"/wado?{urlencode({'requestType': 'WADO'} | mixed | signed)}").status_code == 403


def test_a_link_to_an_anonymized_object(hospital: Hospital) -> None:
    """An anonymized link sends the object anonymized, and opens nothing else in its study either."""
    expires = int(time.time()) + 600
    link = hospital.links.sign(LinkWish(urlsplit(path_of(MINE)).query, expires, anonymized=True))
    answer = hospital.get(f"/wado?{link}")
    assert answer.status_code == 200
    assert pydicom.dcmread(BytesIO(answer.content)).PatientID != "P1"
    wide = hospital.links.sign(LinkWish(urlsplit(path_of(MINE)).query, expires, "study", anonymized=True))
    assert hospital.get(f"/wado?{wide.replace('&anonymize=yes', '')}").status_code == 403


def test_uses_are_counted_in_all_processes(hospital: Hospital) -> None:
    """A link for three requests answers three, whichever process they come to, and never a fourth; nothing keeps it."""
    link = hospital.links.sign(LinkWish(urlsplit(path_of(MINE)).query, int(time.time()) + 600, uses=3))
    answers = [httpx.get(f"{hospital.server.url}/wado?{link}") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 3 + [410] * 3
    assert answers[0].headers["cache-control"] == "no-store"


def test_links_are_made_for_those_who_may_hand_them_on(hospital: Hospital) -> None:
    """POST to /links signs what who asks may have; a wider scope needs rights that hold for all of it."""

    def ask(
        fields: dict[str, str], uids: tuple[str, str, str] = MINE, more: str = "", **wish: object
    ) -> httpx.Response:
        body = {"url": path_of(uids) + more} | wish
        return hospital.server.client.post("/links", json=body, headers=fields | {"Accept": "text/plain"})

    made = ask(hospital.token("mary"), hours=1)
    assert made.status_code == 200
    assert httpx.get(made.json()["url"]).status_code == 200
    assert made.headers["cache-control"] == "no-store"
    assert ask(hospital.token("mary"), OTHERS).status_code == 404
    assert ask(hospital.token("mary"), more="&contentType=application/dicom").status_code == 403
    assert ask(hospital.token("ct"), scope="series").status_code == 200
    assert ask(hospital.token("ct"), scope="study").status_code == 403
    assert ask(hospital.token("physician"), scope="study").status_code == 200
    assert ask(hospital.token("patient", patient="P1")).status_code == 403
    assert ask(hospital.token("physician"), hours=100_000).status_code == 400
    assert ask(hospital.token("physician"), uses=-1).status_code == 400
    assert ask(hospital.token("physician"), nonsense=1).status_code == 400
    assert ask({}).status_code == 401


def test_secrets_stand_in_no_log(hospital: Hospital) -> None:
    """Neither keys, tokens, passwords nor signatures are logged, whatever became of them."""
    for way in WAYS:
        for state in ("right", "wrong", "expired"):
            for path in (path_of(MINE, contentType="image/png"), "/nothing"):
                address, fields, _ = _proof(hospital, way, state, "GET", path)
                hospital.get(address, **fields)
    log = hospital.server.log.read_text(encoding="utf-8")
    assert "allows=view" in log  # queries are logged here
    for secret in (hospital.keys["good"], PASSWORD, "eyJ", "signature="):
        assert secret not in log
