"""What a connection over TLS tells the application: version, cipher, the client's certificate (ASGI TLS extension)."""

from __future__ import annotations

import ssl
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import asyncio

#: Versions of TLS as they are on the wire (RFC 8446 4.2.1).
_VERSIONS: Final = {"TLSv1.2": 0x0303, "TLSv1.3": 0x0304}

#: Short names of attributes (RFC 4514 3); others go by the names that OpenSSL has for them.
_SHORT_NAMES: Final = {
    "commonName": "CN",
    "countryName": "C",
    "domainComponent": "DC",
    "localityName": "L",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "stateOrProvinceName": "ST",
    "streetAddress": "STREET",
    "userId": "UID",
}

Details = dict[str, Any]


def tls_details(transport: asyncio.BaseTransport) -> Details | None:
    """Return the extension `tls` of a connection's scopes, None where it is not over TLS.

    The chain has the client's own certificate (PEM), which the handshake has verified, or is empty.
    """
    connection = transport.get_extra_info("ssl_object")
    if connection is None:
        return None
    certificate = connection.getpeercert(binary_form=True)
    named = connection.getpeercert() or {}
    cipher = connection.cipher()
    return {
        "server_cert": None,
        "client_cert_chain": [ssl.DER_cert_to_PEM_cert(certificate)] if certificate else [],
        "client_cert_name": distinguished_name(named["subject"]) if named.get("subject") else None,
        "client_cert_error": None,
        "tls_version": _VERSIONS.get(connection.version()),
        "cipher_suite": _cipher_numbers().get(cipher[0]) if cipher else None,
    }


def distinguished_name(subject: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    """Write the subject of a certificate as text, the last part first (RFC 4514).

    Args:
        subject: as `SSLSocket.getpeercert` gives it.
    """
    parts = ["+".join(f"{_SHORT_NAMES.get(name, name)}={_escaped(value)}" for name, value in part) for part in subject]
    return ",".join(reversed(parts))


def _escaped(value: str) -> str:
    escaped = "".join(f"\\{c}" if c in '"+,;<>\\' else "\\00" if c == "\0" else c for c in value)
    if escaped.startswith((" ", "#")):
        escaped = "\\" + escaped
    return f"{escaped[:-1]}\\ " if escaped.endswith(" ") and len(value) > 1 else escaped


@cache
def _cipher_numbers() -> dict[str, int]:
    """Return the numbers of cipher suites (two bytes on the wire) by OpenSSL's names."""
    return {str(cipher["name"]): int(cipher["id"]) & 0xFFFF for cipher in _all_ciphers()}


def _all_ciphers() -> list[Any]:
    return list(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).get_ciphers())
