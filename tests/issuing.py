"""A small OpenID provider on this machine: it has keys, publishes them over HTTP, and issues tokens."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

if TYPE_CHECKING:
    from types import TracebackType

AUDIENCE = "openwado"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """Make an RSA key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def ec_key() -> ec.EllipticCurvePrivateKey:
    """Make a key on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def public_jwk(key: Key, number: str, **more: str) -> dict[str, Any]:
    """Return the public half as a JSON Web Key."""
    if isinstance(key, rsa.RSAPrivateKey):
        written: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        written = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return written | {"kid": number, "use": "sig"} | more


class Provider:
    """The provider, a context manager.

    Attributes:
        keys: private keys by number; all of them are published.
        requests: paths that were asked for.
        works: whether it answers at all.
        moved: "jwks_uri" or "redirection" where it sends clients to another machine in this way.
    """

    def __init__(self) -> None:
        self.keys: dict[str, Key] = {"first": rsa_key(), "curve": ec_key()}
        self.requests: list[str] = []
        self.works = True
        self.moved = ""
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.requests.append(self.path)
                body = json.dumps(provider.page(self.path)).encode()
                self.send_response(302 if provider.moved == "redirection" else 200 if provider.works else 500)
                self.send_header("Location", "http://192.0.2.1/")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def page(self, path: str) -> dict[str, Any]:
        """Return what it publishes."""
        if path.endswith("openid-configuration"):
            place = "http://192.0.2.1" if self.moved == "jwks_uri" else self.issuer
            return {"issuer": self.issuer, "jwks_uri": f"{place}/keys"}
        return {"keys": [public_jwk(key, number) for number, key in self.keys.items()]}

    def token(self, number: str = "first", algorithm: str = "RS256", claims: dict[str, object] | None = None) -> str:
        """Issue a token; claims override the usual ones, None leaves one out."""
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": AUDIENCE, "sub": "somebody", "iat": now, "exp": now + 600}
        said = {name: value for name, value in (usual | (claims or {})).items() if value is not None}
        return jwt.encode(said, self.keys[number], algorithm=algorithm, headers={"kid": number})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
