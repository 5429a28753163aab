"""Who asks by the connection itself, and what is remembered of those who were asked a moment ago."""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access.test_credentials import certificate
from issuing import AUDIENCE, Provider
from openwado.access.password import Passwords
from openwado.access.token import Tokens
from openwado.authentication import authentication_of
from openwado.config import convert
from openwado.errors import BadRequest, Forbidden, Gone, Unauthorized, Unavailable, WadoError
from openwado.server.asked_by import permission_of, permission_with, principal_of
from openwado.server.authenticate import Authenticate
from openwado.server.remembered import Remembered

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

RULES = [{"roles": "r", "rights": ["view"]}, {"roles": "w", "rights": "observe"}]


class Endpoint:
    """Takes note of who asks."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 200."""
        del receive
        permission_with(scope, "view")
        self.names.append(f"{principal_of(scope).method}:{principal_of(scope).name}")
        await send({"type": "http.response.start", "status": 200, "headers": [(b"vary", b"Accept")]})
        await send({"type": "http.response.body", "body": b""})


class Door:
    """The middleware with settings, before an endpoint."""

    def __init__(self, **rows: object) -> None:
        authentication = authentication_of(convert({"access_rules": RULES} | rows))
        assert authentication is not None
        self.authentication = authentication
        self.endpoint = Endpoint()
        self.uses: dict[str, int] = {}
        self._app = Authenticate(self.endpoint, authentication, wado_path="/wado", count_use=self._count)

    def _count(self, link: str, expires: int, now: int) -> int:
        assert expires > now
        self.uses[link] = self.uses.get(link, 0) + 1
        return self.uses[link]

    async def ask(
        self,
        path: str = "/wado",
        *,
        chain: tuple[str, ...] = (),
        client: str = "192.0.2.9",
        **more: Any,  # noqa: ANN401 -- parts of a scope
    ) -> bytes:
        """Ask, and return Vary of the answer."""
        scope: dict[str, Any] = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
        scope |= {"scheme": "http", "client": (client, 1), "state": {}} | more
        if chain:
            scope["extensions"] = {"tls": {"client_cert_chain": list(chain)}}
        sent: list[Any] = []

        async def receive() -> Any:  # noqa: ANN401 -- a message
            raise AssertionError

        async def send(message: Any) -> None:  # noqa: ANN401 -- a message
            sent.append(message)

        await self._app(scope, receive, send)
        vary: bytes = dict(sent[0]["headers"]).get(b"vary", b"")
        return vary

    def status(self, path: str = "/wado", **more: Any) -> type[WadoError] | None:  # noqa: ANN401 -- parts of a scope
        """Return the kind of error that asking gives, None for an answer."""
        try:
            asyncio.run(self.ask(path, **more))
        except WadoError as error:
            return type(error)
        return None


@pytest.mark.parametrize("path", ["/wado", "/", "/studies/1", "/studies/1/series/2", "/links", "/nothing"])
def test_a_client_certificate_at_every_address(path: str) -> None:
    """Right: let in; wrong, expired or none: 401 (the TLS layer has checked who vouches for it)."""
    now = time.time()
    good, _ = certificate("CN=ward", begins=now - 9, ends=now + 99)
    expired, _ = certificate("CN=ward", begins=now - 99, ends=now - 9)
    wrong, _ = certificate("CN=other", begins=now - 9, ends=now + 99)
    door = Door(access_certificates=[{"name": "ward 7", "roles": ["r"], "subject": "CN=ward"}])
    assert door.status(path, chain=(good, wrong)) is None
    assert door.endpoint.names == ["certificate:ward 7"]
    for chain in ((wrong,), (expired,), (wrong, good), ("nonsense",), ()):
        assert door.status(path, chain=chain) is Unauthorized


def test_the_word_of_a_proxy_counts_by_the_address_of_the_connection() -> None:
    """What header fields say of the client's address changes nothing: what counts is who is at the other end."""
    door = Door(
        access_proxies=["192.0.2.9"],
        access_proxy_user_header="X-User",
        access_proxy_roles_header="X-Roles",
        access_proxy_roles=["r"],
    )
    said = [(b"x-user", b"ann")]
    assert door.status(headers=said) is None
    assert door.status(headers=said, client="192.0.2.10") is Unauthorized
    assert door.status(headers=said, state={"trusted_proxy": "192.0.2.10"}) is Unauthorized
    assert door.status(headers=said, client="192.0.2.10", state={"trusted_proxy": "192.0.2.9"}) is None
    assert asyncio.run(door.ask(headers=said)) == b"Accept, Authorization, x-user, x-roles"


def test_what_is_told_about_the_server_needs_its_own_right() -> None:
    """/metrics is for the right observe; /health and /ready are for everybody."""
    door = Door(access_proxies=["192.0.2.9"], access_proxy_user_header="X-User", access_proxy_roles_header="X-Roles")
    assert door.status("/metrics") is Unauthorized
    refused = door.status("/metrics", headers=[(b"x-user", b"ann"), (b"x-roles", b"r")])
    assert refused is not None
    assert refused.__name__ == "Forbidden"
    for path in ("/health", "/ready"):
        assert door.status(path) is None


def test_tls_is_the_word_of_a_trusted_proxy_only() -> None:
    """X-Forwarded-Proto of anybody else does not make a password safe."""
    door = Door(access_passwords=[{"name": "a", "digest": "scrypt:2:1:1:0011223344556677:" + "0" * 64, "roles": ["r"]}])
    fields = [(b"authorization", b"Basic YTpi"), (b"x-forwarded-proto", b"https")]
    with pytest.raises(Unauthorized, match="TLS"):
        asyncio.run(door.ask(headers=fields))
    with pytest.raises(Unauthorized, match="belong together") as error:
        asyncio.run(door.ask(headers=fields[:1], scheme="https"))
    assert error.value.challenges == ('Basic realm="openwado", charset="UTF-8"',)


def test_passwords_that_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guessing fills no memory: what cannot be tried soon is told to come again (503), and two are tried at a time."""
    under_way = most = 0

    def slow(_self: Passwords, _name: str, _text: str) -> object:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        time.sleep(0.002)
        under_way -= 1
        return _self._rows["a"][0]

    monkeypatch.setattr(Passwords, "find", slow)
    door = Door(access_passwords=[{"name": "a", "digest": "scrypt:2:1:1:0011223344556677:" + "0" * 64, "roles": ["r"]}])

    async def flood() -> list[object]:
        values = [(b"authorization", b"Basic " + b64encode(b"a:%d" % number)) for number in range(90)]
        return await asyncio.gather(
            *(door.ask(headers=[value], scheme="https") for value in values), return_exceptions=True
        )

    found = asyncio.run(flood())
    assert sum(isinstance(one, Unavailable) for one in found) >= 20
    assert most <= 2


def test_a_token_is_checked_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same token is not checked for each picture, and never remembered beyond its own end."""
    checked = []
    real = Tokens.read

    def counted(self: Tokens, token: str, *, may_fetch: bool) -> Any:  # noqa: ANN401 -- as read gives it
        checked.append(may_fetch)
        return real(self, token, may_fetch=may_fetch)

    monkeypatch.setattr(Tokens, "read", counted)
    with Provider() as provider:
        door = Door(access_issuers=[{"issuer": provider.issuer, "audience": AUDIENCE, "leeway": 0.0}])
        token = provider.token(claims={"roles": ["r"], "exp": int(time.time()) + 3})
        fields = [(b"authorization", b"Bearer " + token.encode())]

        async def several() -> None:
            for _ in range(5):
                await door.ask(headers=fields)

        asyncio.run(several())
        assert checked == [False, True]
        later = time.time() + 4  # beyond its end, by the clock of the memory
        monkeypatch.setattr(time, "time", lambda: later)
        door.status(headers=fields)
        assert len(checked) == 3


def test_what_is_remembered_ends_and_is_bounded() -> None:
    """A value is there until its time; of too many the oldest goes."""
    remembered = Remembered[int]()
    for number in range(2000):
        remembered.keep(str(number), number, 10.0)
    assert remembered.find("0", 0.0) is None
    assert remembered.find("1999", 9.9) == 1999
    assert remembered.find("1999", 10.0) is None


def test_uses_of_a_link_are_counted_before_anything_is_answered() -> None:
    """A link that was used up is gone (410), and a request that comes through has lost the link's parameters."""
    from openwado.access.link import LinkKey, LinkKeys, LinkWish  # noqa: PLC0415 -- only here

    key = {"id": "k", "secret": "s" * 32}
    door = Door(access_link_keys=[key])
    keys = LinkKeys([LinkKey(id=key["id"], secret=key["secret"])])
    query = keys.sign(
        LinkWish("requestType=WADO&studyUID=1.2&seriesUID=1.3&objectUID=1.4", int(time.time()) + 60, uses=1)
    )
    assert door.status(query_string=query.encode()) is None
    assert door.status(query_string=query.encode()) is Gone
    assert door.status("/", query_string=query.encode()) is Unauthorized
    assert door.endpoint.names[0].startswith("link:k/")


def test_without_the_middleware_everything_may_be_read() -> None:
    """Where nobody is asked, nothing is looked at: the scope says nothing, and costs nothing."""
    assert permission_of({"type": "http"}) is None
    assert principal_of({"type": "http"}).method == "none"


WORDS = st.sampled_from(
    ["Bearer", "bearer", "Basic", "Digest", "", " ", "owk_", "eyJhbGciOiJub25lIn0.e30.", "YTpi", "=", "a"]
)
TEXTS = st.one_of(st.lists(WORDS, max_size=4).map(" ".join), st.text(max_size=40))
PAIRS = st.sampled_from(
    ["signature", "keyId", "expires", "uses", "scope", "allows", "linkId", "studyUID", "%73ignature"]
)


@given(
    fields=st.lists(
        st.tuples(st.sampled_from([b"authorization", b"x-user", b"x-roles", b"x-forwarded-proto"]), TEXTS), max_size=3
    ),
    pairs=st.lists(st.tuples(PAIRS, TEXTS), max_size=9),
    chain=st.lists(st.text(max_size=20), max_size=2),
)
@settings(max_examples=60, deadline=None)
def test_nonsense_proves_nothing(
    door_with_all: Door, fields: list[tuple[bytes, str]], pairs: list[tuple[str, str]], chain: list[str]
) -> None:
    """Whatever is sent that proves nothing gets 400, 401, 403 or 410, and never comes through."""
    headers = [(name, text.encode("utf-8", "replace")) for name, text in fields]
    query = "&".join(f"{name}={text}" for name, text in pairs).encode("utf-8", "replace")
    found = door_with_all.status(headers=headers, query_string=query, chain=tuple(chain))
    assert found in (BadRequest, Unauthorized, Forbidden, Gone)
    assert not door_with_all.endpoint.names


@pytest.fixture(scope="module")
def door_with_all() -> Door:
    """Give a door that takes everything that there is."""
    return Door(
        access_proxies=["192.0.2.1"],
        access_proxy_user_header="X-User",
        access_issuers=[{"issuer": "https://login.example", "audience": "a", "jwks": "/nowhere"}],
        access_api_keys=[{"name": "n", "digest": "sha256:" + "0" * 64, "roles": ["r"]}],
        access_passwords=[{"name": "a", "digest": "scrypt:2:1:1:0011223344556677:" + "0" * 64, "roles": ["r"]}],
        access_certificates=[{"name": "n", "roles": ["r"], "subject": "CN=ward"}],
        access_link_keys=[{"id": "k", "secret": "s" * 32}],
    )


@pytest.mark.parametrize("value", [b"\xc3\xa9", b"\xff", b"YTpi\xe9", b"====", b"", b"/w=="])
def test_what_is_no_basic_is_unauthorized(value: bytes) -> None:
    """Bytes that HTTP Basic has no use for prove nothing: 401, and no error of ours."""
    door = Door(access_passwords=[{"name": "a", "digest": "scrypt:2:1:1:0011223344556677:" + "0" * 64, "roles": ["r"]}])
    assert door.status(headers=[(b"authorization", b"Basic " + value)], scheme="https") in (Unauthorized, BadRequest)


def test_a_password_is_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was right as a password is not taken as a bearer token afterwards, which would need no TLS."""
    monkeypatch.setattr(Passwords, "find", lambda self, _name, _text: self._rows["a"][0])
    door = Door(
        access_passwords=[{"name": "a", "digest": "scrypt:2:1:1:0011223344556677:" + "0" * 64, "roles": ["r"]}],
        access_issuers=[{"issuer": "https://login.example", "audience": "a"}],
    )
    assert door.status(headers=[(b"authorization", b"Basic YTpi")], scheme="https") is None
    assert door.status(headers=[(b"authorization", b"Basic YTpi")]) is Unauthorized
    assert door.status(headers=[(b"authorization", b"Bearer YTpi")]) is Unauthorized
