"""API keys, passwords, proxies and client certificates: who is taken for whom."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from issuing import ec_key
from openwado.access.api_key import PREFIX, ApiKey, ApiKeys, make_key
from openwado.access.certificate import Certificate, Certificates
from openwado.access.credentials import InvalidCredentials, read_authorization
from openwado.access.password import Password, Passwords, digest_password, read_basic
from openwado.access.proxy import trusted_proxies
from openwado.errors import BadRequest

NOW = 1_800_000_000.0
ROLES = ("r",)


def test_a_key_is_256_random_bits_and_known_by_its_digest_only() -> None:
    """Two keys differ; the digest finds its owner until the key expires."""
    made, other = make_key(), make_key()
    assert made.text.startswith(PREFIX)
    assert len(made.text) == len(PREFIX) + 43
    assert made.text not in made.digest
    until = datetime.fromtimestamp(NOW, UTC).isoformat()
    keys = ApiKeys([ApiKey(name="n", digest=made.digest, roles=ROLES, expires=until)])
    assert keys.find(made.text, NOW - 1).name == "n"
    for text, now in ((made.text, NOW), (other.text, 0.0), (made.text[:-1], 0.0), ("", 0.0)):
        with pytest.raises(InvalidCredentials):
            keys.find(text, now)


@pytest.mark.parametrize(
    "row",
    [
        ApiKey(name="", digest="sha256:" + "0" * 64, roles=ROLES),
        ApiKey(name="n", digest="0" * 64, roles=ROLES),
        ApiKey(name="n", digest="sha256:" + "0" * 64, roles=()),
        ApiKey(name="n", digest="sha256:" + "0" * 64, roles=ROLES, expires="tomorrow"),
    ],
)
def test_a_key_that_cannot_be_is_refused(row: ApiKey) -> None:
    """Each row of the settings is checked when the server starts."""
    with pytest.raises(ValueError, match=r"^(name|digest|roles|expires): "):
        ApiKeys([row])


def test_passwords_are_found_with_their_own_user_only() -> None:
    """Another user's password, a wrong one, and a user that there is not are all the same to who tries."""
    rows = [Password(name=name, digest=digest_password(f"password of {name}"), roles=ROLES) for name in ("ann", "bob")]
    passwords = Passwords(rows)
    assert passwords.find("bob", "password of bob").name == "bob"
    said = set()
    for name, text in (("bob", "password of ann"), ("ann", ""), ("eve", "password of ann")):
        with pytest.raises(InvalidCredentials) as error:
            passwords.find(name, text)
        said.add(str(error.value))
    assert len(said) == 1
    assert rows[0].digest != digest_password("password of ann")
    with pytest.raises(ValueError, match="characters"):
        digest_password("short")


@pytest.mark.parametrize("value", ["", "!", "YQ==", "gICAgA=="])
def test_what_is_no_basic_is_refused(value: str) -> None:
    """Base64 of UTF-8 with a colon (RFC 7617 2), or nothing."""
    with pytest.raises(InvalidCredentials):
        read_basic(value)


def test_authorization_is_a_scheme_and_credentials() -> None:
    """Schemes have no case; half a field, or two of them, are refused."""
    assert read_authorization([]) is None
    assert read_authorization([b"BEARER  x "]) == ("bearer", "x")
    for fields in ([b"Bearer"], [b""], [b"Bearer a", b"Bearer a"]):
        with pytest.raises(BadRequest):
            read_authorization(fields)


def test_a_proxy_is_known_by_its_address() -> None:
    """Only from there is its word taken, also over IPv6 with an IPv4 address inside; twice is not at all."""
    proxies = trusted_proxies(["192.0.2.0/24", "::1"], "X-User", "X-Roles", ["staff"])
    found = {a: proxies.include(a) for a in ("192.0.2.9", "::ffff:192.0.2.9", "::1", "192.0.3.1", "", "unix:")}
    assert found == {
        "192.0.2.9": True,
        "::ffff:192.0.2.9": True,
        "::1": True,
        "192.0.3.1": False,
        "": False,
        "unix:": False,
    }
    said = proxies.principal([(b"x-user", b"ann"), (b"x-roles", b"a, b,,")])
    assert said is not None
    assert (said.name, said.roles) == ("ann", frozenset({"staff", "a", "b"}))
    assert proxies.principal([(b"x-roles", b"a")]) is None
    for headers in ([(b"x-user", b"ann"), (b"x-user", b"eve")], [(b"x-user", b"")], [(b"x-user", b"a\x00")]):
        with pytest.raises(InvalidCredentials):
            proxies.principal(headers)
    with pytest.raises(ValueError, match="network"):
        trusted_proxies(["localhost"], "", "", [])
    with pytest.raises(ValueError, match="header field"):
        trusted_proxies([], "Authorization", "", [])


def certificate(subject: str, *, dns: str = "", begins: float = NOW - 100, ends: float = NOW + 100) -> tuple[str, str]:
    """Return a certificate (PEM) and its fingerprint."""
    key = ec_key()
    name = x509.Name.from_rfc4514_string(subject)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(datetime.fromtimestamp(begins, UTC)).not_valid_after(
        datetime.fromtimestamp(ends, UTC)
    )
    if dns:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(dns)]), critical=False)
    made = builder.sign(key, SHA256())
    return made.public_bytes(Encoding.PEM).decode(), made.fingerprint(SHA256()).hex()


def test_certificates_are_known_by_subject_name_or_fingerprint() -> None:
    """One without a subject is not taken for a row that has none; one of another time is not taken at all."""
    ward, _ = certificate("CN=ward-7,O=Hospital")
    viewer, _ = certificate("", dns="Viewer.example")
    pinned, fingerprint = certificate("")
    certificates = Certificates(
        [
            Certificate(name="ward", roles=ROLES, subject="CN=ward-7,O=Hospital"),
            Certificate(name="viewer", roles=ROLES, dns_name="viewer.example"),
            Certificate(
                name="pinned", roles=ROLES, fingerprint=":".join(fingerprint[i : i + 2] for i in range(0, 64, 2))
            ),
        ]
    )
    assert [certificates.find(pem, NOW).name for pem in (ward, viewer, pinned)] == ["ward", "viewer", "pinned"]
    stranger, _ = certificate("CN=ward-7")
    nameless, _ = certificate("")
    for pem, now in ((stranger, NOW), (nameless, NOW), (ward, NOW + 100), (ward, NOW - 101), ("no certificate", NOW)):
        with pytest.raises(InvalidCredentials):
            certificates.find(pem, now)


@pytest.mark.parametrize("words", [{}, {"subject": "CN=a", "dns_name": "a"}, {"fingerprint": "12"}])
def test_a_certificate_that_cannot_be_is_refused(words: dict[str, str]) -> None:
    """One way to know it, and one that can be."""
    with pytest.raises(ValueError, match=r"give one|fingerprint"):
        Certificates([Certificate(name="n", roles=ROLES, **words)])
