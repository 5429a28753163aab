"""Tokens and the keys that they are signed with: rotation, outages, and keys that do not fit."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from issuing import AUDIENCE, Provider, ec_key, public_jwk, rsa_key
from openwado.access.credentials import InvalidCredentials
from openwado.access.issuer import Issuer, check_address
from openwado.access.signing_keys import FRESH_SECONDS, PAUSE_SECONDS, USABLE_SECONDS, SigningKeys
from openwado.access.token import Tokens
from openwado.errors import Unavailable
from openwado.settings.faults import refuse_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Clock:
    """A clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Give an OpenID provider."""
    with Provider() as running:
        yield running


def keys_of(provider: Provider) -> tuple[SigningKeys, Clock]:
    """Return the keys of a provider, and the clock that they go by."""
    clock = Clock()
    return SigningKeys(Issuer(issuer=provider.issuer, audience=AUDIENCE), clock), clock


HEADER = {"alg": "RS256", "kid": "first"}


def test_keys_are_fetched_once_and_kept(provider: Provider) -> None:
    """The configuration and the keys are asked for once, then again when they are no longer fresh."""
    keys, clock = keys_of(provider)
    assert keys.known(HEADER) is None
    for _ in range(5):
        assert keys.find(HEADER).key_id == "first"
    assert len(provider.requests) == 2
    assert keys.known(HEADER) is not None
    clock.now += FRESH_SECONDS
    assert keys.known(HEADER) is None
    keys.find(HEADER)
    assert len(provider.requests) == 4


def test_a_new_key_is_found_and_an_old_one_forgotten(provider: Provider) -> None:
    """Rotation: a key number that is not known has keys fetched again, but no oftener than every few seconds."""
    keys, clock = keys_of(provider)
    keys.find(HEADER)
    provider.keys = {"second": rsa_key()}
    asked = len(provider.requests)
    for _ in range(3):
        with pytest.raises(InvalidCredentials):
            keys.find({"alg": "RS256", "kid": "second"})
    assert len(provider.requests) == asked
    clock.now += PAUSE_SECONDS
    assert keys.find({"alg": "RS256", "kid": "second"}).key_id == "second"
    with pytest.raises(InvalidCredentials):
        keys.find(HEADER)


def test_a_provider_that_is_away_is_done_without_for_a_while(provider: Provider) -> None:
    """Keys that were fetched serve for an hour; after that, and before the first time, 503."""
    keys, clock = keys_of(provider)
    provider.works = False
    with pytest.raises(Unavailable):
        keys.find(HEADER)
    provider.works = True
    clock.now += PAUSE_SECONDS
    keys.find(HEADER)
    provider.works = False
    clock.now += USABLE_SECONDS - 1
    assert keys.find(HEADER).key_id == "first"
    clock.now += 2
    with pytest.raises(Unavailable):
        keys.find(HEADER)


def test_keys_can_be_in_a_file(tmp_path: Path) -> None:
    """A file of keys is read like an address; without kid, only the one key there is can be meant."""
    path, key = tmp_path / "keys.json", rsa_key()
    path.write_text(
        json.dumps({"keys": [public_jwk(key, "a"), public_jwk(ec_key(), "b"), {"kty": "oct", "k": "c2VjcmV0"}]})
    )
    issuer = Issuer(issuer="https://login.example", audience=AUDIENCE, jwks=str(path))
    claims = {
        "iss": issuer.issuer,
        "aud": AUDIENCE,
        "exp": int(time.time()) + 60,
        "sub": "ann",
        "realm": {"roles": ["x"]},
    }
    read = Tokens([issuer]).read(jwt.encode(claims, key, algorithm="RS256"), may_fetch=True)
    assert read is not None
    assert (read[0].name, read[0].roles) == ("ann", frozenset())
    nested = Issuer(issuer=issuer.issuer, audience=AUDIENCE, jwks=str(path), roles_claim="realm.roles", roles=("all",))
    read = Tokens([nested]).read(jwt.encode(claims, key, algorithm="RS256"), may_fetch=True)
    assert read is not None
    assert read[0].roles == {"x", "all"}
    path.write_text(json.dumps({"keys": [public_jwk(key, "a"), public_jwk(rsa_key(), "b")]}))
    with pytest.raises(InvalidCredentials):
        Tokens([issuer]).read(jwt.encode(claims, key, algorithm="RS256"), may_fetch=True)


@pytest.mark.parametrize(
    "more", [{"use": "enc"}, {"alg": "PS256"}, {"kid": "other"}, {"n": "AQAB"}, {"kty": "oct", "k": "AAAA"}]
)
def test_keys_that_do_not_fit_are_passed_over(tmp_path: Path, more: dict[str, str]) -> None:
    """A key for encryption, for another algorithm, of another number or kind, or a broken one, checks no signature."""
    path, key = tmp_path / "keys.json", rsa_key()
    path.write_text(json.dumps({"keys": [public_jwk(key, "a") | more]}))
    issuer = Issuer(issuer="https://login.example", audience=AUDIENCE, jwks=str(path))
    claims = {"iss": issuer.issuer, "aud": AUDIENCE, "exp": int(time.time()) + 60}
    with pytest.raises(InvalidCredentials):
        Tokens([issuer]).read(jwt.encode(claims, key, algorithm="RS256", headers={"kid": "a"}), may_fetch=True)


def test_short_keys_are_refused(tmp_path: Path) -> None:
    """RSA keys below 2048 bits prove nothing (RFC 7518 3.3)."""
    path, key = tmp_path / "keys.json", rsa_key(1024)
    path.write_text(json.dumps({"keys": [public_jwk(key, "a")]}))
    issuer = Issuer(issuer="https://login.example", audience=AUDIENCE, jwks=str(path))
    claims = {"iss": issuer.issuer, "aud": AUDIENCE, "exp": int(time.time()) + 60}
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = jwt.encode(claims, key, algorithm="RS256", headers={"kid": "a"})
    with pytest.raises(InvalidCredentials):
        Tokens([issuer]).read(token, may_fetch=True)


@pytest.mark.parametrize(
    "words",
    [
        {"issuer": ""},
        {"audience": ""},
        {"algorithms": ("HS256",)},
        {"algorithms": ("none",)},
        {"algorithms": ()},
        {"jwks": "http://login.example/keys"},
        {"issuer": "http://login.example"},
        {"leeway": 3600.0},
    ],
)
def test_an_issuer_that_cannot_be_is_refused(words: dict[str, Any]) -> None:
    """No secret algorithms, no keys over plain HTTP from elsewhere, no clocks that differ by an hour."""
    with pytest.raises(ValueError, match=r"issuer|audience|algorithms|https|leeway"):
        refuse_rows([Issuer(**({"issuer": "https://login.example", "audience": "a"} | words))])


def test_keys_are_not_fetched_from_elsewhere(provider: Provider) -> None:
    """A provider cannot send us on, neither by a redirection nor by its configuration."""
    with pytest.raises(ValueError, match="https"):
        check_address("file:///etc/passwd")
    keys, clock = keys_of(provider)
    for moved in ("jwks_uri", "redirection"):
        provider.moved = moved
        clock.now += PAUSE_SECONDS
        with pytest.raises(Unavailable):
            keys.find(HEADER)
