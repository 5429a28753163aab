"""Requests that somebody made up to do harm: bytes for a connection, and the statuses that may answer them.

Generated from tables, so that a new trick is one line. A status of 0 stands for a connection that is closed without an
answer, as it may be where what came was no request.
"""

# ruff: noqa: E501 -- tables of what is sent, a trick a word

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Statuses of requests that are refused; those that are right in spite of all; and both.
REFUSED: Final = frozenset({400, 403, 404, 405, 406, 408, 410, 411, 413, 414, 415, 416, 417, 421, 422, 426, 429, 431})
ANSWERED: Final = frozenset({200, 204, 206, 304})
EITHER: Final = REFUSED | ANSWERED
#: What is well understood and not to be had: not our fault, though its first digit is a five (PS3.18 8.5, RFC 9110).
NOT_HAD: Final = frozenset({501, 505})

_HUGE: Final = (
    "0", "-1", "+1", "-0", "00000000000000000001", "1e3", "1e308", "1e309", "1e999", "-1e999", "NaN", "nan", "inf",
    "-inf", "Infinity", "0x10", "1_000", "2147483647", "2147483648", "4294967296", "9223372036854775808", "9" * 40,
    "9" * 4000, "1.5", "1,5", "1,,1", ",", "", " ", "%20", "%201%20", "%0A1", "1%00", "%00", "%C0%80", "%EF%BC%91",
    "%D9%A1", "--1", "1--1", "1;2", "1%26rows%3D2", "..", "/", "%2E", "true", "null", "[]", "{}", "'%20OR%20'1'='1",
    "%3Cscript%3Ealert(1)%3C/script%3E", "%25n%25n%25s", "${jndi:ldap://x}",
)  # fmt: skip

#: Parameters that hold numbers.
_NUMBERS: Final = ("rows", "columns", "frameNumber", "windowWidth", "imageQuality")

_UIDS: Final = (
    "../../../etc/passwd", "..%2F..%2Fetc%2Fpasswd", "%2e%2e%2f%2e%2e%2f", "..%5c..%5c", "%252e%252e%252f", "/etc/passwd",
    "file:///etc/passwd", "1.2.3%00.4", "%C0%AE%C0%AE%2F", "%E0%80%AE", "%F0%80%80%AE", "%FF%FE", "%ED%A0%80", "1..2",
    ".1.2", "1.2.", "1.02.3", "1." * 32 + "1", "1." * 4000 + "1", "1.2.3%0d%0aX-Evil:%201", "1.2.3\\r\\n", "*", "?", "%",
    "%4", "%G1", "%%", "1.2.3;drop%20table", "1.2.3'--", "\u0031%CC%81", "1.2.3%20", "%091.2.3", "1.2.3%2C1.2.4", "-1.2",
)  # fmt: skip

_REGIONS: Final = (
    "NaN,0,1,1", "0,0,inf,1", "0,0,1e999,1", "-1e999,0,1,1", "0,0,0,0", "1,1,0,0", "0,0,1", "0,0,1,1,1", "0,0,1,1,",
    ",,,", "0;0;1;1", "0,0,1,1e-400", "0,0,1e-300,1e-300", "0.5,0.5,0.5,0.5", "0,0,2,2", "-0,-0,1,1", "%00,0,1,1",
    "0,0,1,%EF%BC%91", "0" * 3000 + ",0,1,1", "0." + "9" * 3000 + ",0,1,1", "0,0,1,1%0A", "a,b,c,d", "[0,0,1,1]",
)  # fmt: skip

_ACCEPTS: Final = (
    "", ",", ",,,,", "*", "*/", "/*", "/", "image", "image/", "image/jpeg;q=", "image/jpeg;q=2", "image/jpeg;q=-1",
    "image/jpeg;q=NaN", "image/jpeg;q=1e9", "image/jpeg;q=0.0001", "image/jpeg;;;;", "image/jpeg;q=0", "*/*;q=0",
    "image/jpeg" * 100, "image/jpeg," * 300, ";" * 3000, '"' * 999, 'image/jpeg;a="' + "\\" * 2000, "image/jpeg;" + "a=b;" * 700,
    "\x80\xff", "image/jpeg\x01", "multipart/related;type=" * 50, 'application/dicom;transfer-syntax="', "a/b;transfer-syntax=*",
    "application/dicom;transfer-syntax=1.2;transfer-syntax=1.2", "text/html;charset=" + "x" * 3000, "image/*;q=0,*/*;q=0",
)  # fmt: skip

_FIELDS: Final = (
    ("Accept-Charset", "utf-8;q=" + "9" * 500), ("Accept-Charset", "a," * 3000), ("Accept-Charset", "*;q=0"),
    ("Accept-Charset", '"'), ("Accept-Language", "x-" * 2000), ("Accept-Language", "*;q=0,"), ("Accept-Language", "\xff"),
    ("Accept-Encoding", "gzip;q=0,identity;q=0"), ("Accept-Encoding", ",," * 900), ("Accept-Encoding", "*;q=0"),
    ("If-None-Match", '"a",' * 4000), ("If-None-Match", "W/" * 4000), ("If-None-Match", '"' + "x" * 9000),
    ("If-None-Match", "*"), ("If-None-Match", ""), ("If-None-Match", "\x80"), ("If-Match", '"x"'), ("If-Match", "*"),
    ("If-Modified-Since", "Thu, 99 Foo 99999 99:99:99 GMT"), ("If-Modified-Since", "0"), ("If-Modified-Since", "9" * 900),
    ("If-Modified-Since", "Thu, 01 Jan 0000 00:00:00 GMT"), ("If-Unmodified-Since", "never"), ("If-Range", '"x'),
    ("If-Range", "Mon, 31 Feb 2026 00:00:00 GMT"), ("Range", "bytes=0-0," * 1000), ("Range", "bytes=" + "-1," * 2000),
    ("Range", "bytes=9-1"), ("Range", "bytes=-"), ("Range", "bytes=" + "9" * 500 + "-"), ("Range", "bytes=-" + "9" * 500),
    ("Range", "bytes=0-" + "9" * 30), ("Range", "lines=1-2"), ("Range", "bytes"), ("Range", "bytes=a-b"), ("Range", "bytes=\x80"),
    ("Range", "bytes=0-1,0-1,0-1,1-2"), ("Host", ""), ("Host", "a b"), ("Host", "x" * 9000), ("Host", "evil.example@127.0.0.1"),
    ("Host", "[::1"), ("Host", "'\"><script>"), ("X-Forwarded-For", "'; drop"), ("X-Forwarded-For", "1.1.1.1," * 900),
    ("X-Request-ID", "a\tb"), ("X-Request-ID", "x" * 5000), ("Origin", "null"), ("Origin", "http://" + "a" * 5000),
    ("Authorization", "Basic " + "=" * 999), ("Authorization", "Bearer " + "." * 5000), ("Authorization", "\x80"),
    ("Cookie", "a=b;" * 1500), ("Expect", "100-continue"), ("Expect", "the-unexpected"), ("Upgrade", "websocket"),
    ("Upgrade", "h2c"), ("Connection", "close, " * 900), ("Connection", "Host, Accept"), ("TE", "trailers, " * 300),
    ("Trailer", "Content-Length"), ("Via", "1.1 a," * 900), ("Max-Forwards", "-1"), ("Content-Type", "multipart/related"),
    ("Forwarded", "for=" * 2000), ("Sec-WebSocket-Key", "x"), ("HTTP2-Settings", "AAMAAABkAAQAAP__"), ("Referer", "javascript:1"),
    ("User-Agent", "() { :; }; echo x"), ("User-Agent", "<script>alert(1)</script>"), ("DNT", "\x00"[:0] + "1" * 9000),
)  # fmt: skip

_METHODS: Final = (
    "get", "Get", "POST", "PUT", "DELETE", "PATCH", "TRACE", "TRACK", "CONNECT", "OPTIONS", "HEAD", "PROPFIND", "MKCOL", "M-SEARCH",
    "PURGE", "BREW", "G" * 5000, "GE\x00T", "GET\t", "<script>", "-", "PRI",
)  # fmt: skip

#: What follows the method, up to the end of the request line.
_TARGETS: Final = (
    "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/wado/../wado", "/wado/", "/wado%00", "/WADO", "/wado;x=1",
    "/wado#x", "/wado??", "/wado?" + "&" * 4000, "/wado?" + "a&" * 2000, "/wado?" + "a=b&" * 1500, "/wado?=", "/wado?=&=&=",
    "/wado?%", "/wado?requestType=WADO", "/wado?requestType=wado", "/wado?requestType=WADO&requestType=WADO", "/" + "a" * 9000,
    "/wado?" + "x" * 70_000, "/wado?studyUID[]=1", "/static/../../pyproject.toml", "/static/%2e%2e/%2e%2e/app.py", "/static/..%5capp.py",
    "/static/", "/static//etc/passwd", "/studies/%2e%2e", "/studies/1.2.3%00", "/studies/" + "1." * 3000, "/health?" + "x" * 3000,
    "/metrics/../health", "/.git/config", "/.env", "/wp-login.php", "/cgi-bin/../../bin/sh", "*", "wado", "", "?", "http://",
    "http://evil.example/wado?requestType=WADO", "HTTP://127.0.0.1/health", "http://127.0.0.1:99999/health", "https://127.0.0.1/health",
    "ftp://127.0.0.1/health", "127.0.0.1:80", "/\xff\xfe", "/\x80", "/health%0d%0aX-Evil:1", "/health\\..\\x", "/%u0041", "/?q=" + "%" * 900,
)  # fmt: skip

#: Whole heads, with no Host of ours: what is no HTTP at all, and what two readers may read differently.
_RAW: Final[dict[str, bytes]] = {
    "nothing": b"",
    "line ends": b"\r\n\r\n\r\n\r\n",
    "many empty lines": b"\r\n" * 5000,
    "HTTP/0.9": b"GET /health\r\n",
    "HTTP/0.9, bare": b"GET /health\n\n",
    "HTTP/1.0": b"GET /health HTTP/1.0\r\n\r\n",
    "HTTP/1.2": b"GET /health HTTP/1.2\r\nHost: a\r\n\r\n",
    "HTTP/2.0": b"GET /health HTTP/2.0\r\nHost: a\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "HTTP/9": b"GET /health HTTP/9.9\r\nHost: a\r\n\r\n",
    "HTTP/1.11": b"GET /health HTTP/1.11\r\nHost: a\r\n\r\n",
    "http/1.1": b"GET /health http/1.1\r\nHost: a\r\n\r\n",
    "HTTP/": b"GET /health HTTP/\r\nHost: a\r\n\r\n",
    "HTP": b"GET /health HTP/1.1\r\nHost: a\r\n\r\n",
    "no Host": b"GET /health HTTP/1.1\r\n\r\n",
    "two Hosts": b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "lone LF": b"GET /health HTTP/1.1\nHost: a\n\n",
    "lone CR": b"GET /health HTTP/1.1\rHost: a\r\r",
    "CR in a field": b"GET /health HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
    "NUL in a field": b"GET /health HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
    "NUL in a name": b"GET /health HTTP/1.1\r\nHost: a\r\nX\0: b\r\n\r\n",
    "folded": b"GET /health HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
    "folded first": b"GET /health HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n",
    "space before colon": b"GET /health HTTP/1.1\r\nHost : a\r\n\r\n",
    "no colon": b"GET /health HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n",
    "no name": b"GET /health HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",
    "name of letters only elsewhere": "GET /health HTTP/1.1\r\nHost: a\r\nÄ: x\r\n\r\n".encode(),
    "two spaces": b"GET  /health  HTTP/1.1\r\nHost: a\r\n\r\n",
    "tabs": b"GET\t/health\tHTTP/1.1\r\nHost: a\r\n\r\n",
    "spaces first": b"   GET /health HTTP/1.1\r\nHost: a\r\n\r\n",
    "space in the target": b"GET /hea lth HTTP/1.1\r\nHost: a\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
    "SMTP": b"EHLO a\r\nMAIL FROM:<a@b>\r\n",
    "DICOM": b"\x01\x00\x00\x00\x00\xcd\x00\x01\x00\x00" + b"ANY-SCP".ljust(32) + bytes(170),
    "noise": bytes(range(256)) * 40,
    "high bytes": b"\xff" * 4096,
    "ten thousand fields": b"GET /health HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
    "thousand names": b"GET /health HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X%d: y\r\n" % n for n in range(1000)) + b"\r\n",
    "a long field": b"GET /health HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    "a long name": b"GET /health HTTP/1.1\r\nHost: a\r\n" + b"X" * 100_000 + b": y\r\n\r\n",
    "pipelined": b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n" * 200,
    "pipelined and broken": b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n" * 20 + b"\0\0\0\r\n\r\n",
}  # fmt: skip

#: What a body is said to be long and how it comes, for a GET and a POST each.
_FRAMINGS: Final[dict[str, tuple[str, bytes]]] = {
    "CL and TE": ("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"),
    "TE and CL": ("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", b"0\r\n\r\n"),
    "two CL": ("Content-Length: 0\r\nContent-Length: 5\r\n", b"GET /"),
    "two equal CL": ("Content-Length: 0\r\nContent-Length: 0\r\n", b""),
    "CL list": ("Content-Length: 0, 0\r\n", b""),
    "CL signed": ("Content-Length: +0\r\n", b""),
    "CL negative": ("Content-Length: -1\r\n", b""),
    "CL hexadecimal": ("Content-Length: 0x0\r\n", b""),
    "CL with text": ("Content-Length: 0a\r\n", b""),
    "CL empty": ("Content-Length: \r\n", b""),
    "CL past 64 bits": ("Content-Length: 99999999999999999999\r\n", b""),
    "CL wraps to nothing": ("Content-Length: 18446744073709551616\r\n", b""),
    "CL of a line": ("Content-Length: 1\r\n 0\r\n", b""),
    "TE twice": ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "TE chunked, identity": ("Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n"),
    "TE identity": ("Transfer-Encoding: identity\r\n", b""),
    "TE gzip": ("Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"),
    "TE xchunked": ("Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"),
    "TE with a tab": ("Transfer-Encoding:\tchunked\r\n", b"0\r\n\r\n"),
    "TE quoted": ('Transfer-Encoding: "chunked"\r\n', b"0\r\n\r\n"),
    "TE with a space": ("Transfer-Encoding : chunked\r\n", b"0\r\n\r\n"),
    "TE folded": ("Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n"),
    "chunk of a size that is none": ("Transfer-Encoding: chunked\r\n", b"zz\r\n"),
    "chunk below nothing": ("Transfer-Encoding: chunked\r\n", b"-1\r\n"),
    "chunk past 64 bits": ("Transfer-Encoding: chunked\r\n", b"10000000000000000\r\n"),
    "chunk with a long extension": ("Transfer-Encoding: chunked\r\n", b"1;" + b"x" * 100_000 + b"\r\na\r\n0\r\n\r\n"),
    "chunk without an end": ("Transfer-Encoding: chunked\r\n", b"1\r\naX\r\n0\r\n\r\n"),
    "chunks by LF": ("Transfer-Encoding: chunked\r\n", b"1\na\n0\n\n"),
    "trailers": ("Transfer-Encoding: chunked\r\n", b"0\r\n" + b"X: y\r\n" * 3000 + b"\r\n"),
    "a body cut off": ("Content-Length: 1000\r\n", b"abc"),
    "a chunk cut off": ("Transfer-Encoding: chunked\r\n", b"ffff\r\nabc"),
}  # fmt: skip

_MULTIPART = 'multipart/related; type="application/dicom"; boundary=b'
_PART = b"--b\r\nContent-Type: application/dicom\r\n\r\n"

#: Content-Type and body of what is sent to /studies.
_BODIES: Final[dict[str, tuple[str, bytes]]] = {
    "no type": ("", b"x"),
    "type of nothing": ("/", b"x"),
    "no boundary": ('multipart/related; type="application/dicom"', _PART),
    "empty boundary": ('multipart/related; type="application/dicom"; boundary=""', _PART),
    "long boundary": (_MULTIPART + "b" * 5000, _PART),
    "boundary of signs": ('multipart/related; type="application/dicom"; boundary="\x01"', _PART),
    "two boundaries": (_MULTIPART + "; boundary=c", _PART + b"x\r\n--b--\r\n"),
    "other type": ("application/zip", b"PK\3\4"),
    "JSON": ("application/dicom+json", b"[" * 100_000),
    "XML bomb": ("application/dicom+xml", b"<!DOCTYPE a [<!ENTITY a 'x'>]><a>&a;</a>"),
    "form": ("multipart/form-data; boundary=b", _PART + b"x\r\n--b--\r\n"),
    "nothing": (_MULTIPART, b""),
    "only the end": (_MULTIPART, b"--b--\r\n"),
    "never a boundary": (_MULTIPART, b"x" * 300_000),
    "preamble of line ends": (_MULTIPART, b"\r\n" * 100_000),
    "preamble of dashes": (_MULTIPART, b"--" * 100_000),
    "almost boundaries": (_MULTIPART, b"\r\n--" * 60_000),
    "boundary and more": (_MULTIPART, b"--bb\r\n\r\nx\r\n--bb--\r\n"),
    "nested": (_MULTIPART, b"--b\r\nContent-Type: multipart/related; boundary=b\r\n\r\n" * 500 + b"\r\n--b--\r\n"),
    "no head": (_MULTIPART, b"--b\r\n\r\nDICM\r\n--b--\r\n"),
    "endless head": (_MULTIPART, b"--b\r\nX: " + b"y" * 100_000),
    "many fields": (_MULTIPART, b"--b\r\n" + b"X: y\r\n" * 9000 + b"\r\n\r\n--b--\r\n"),
    "empty parts": (_MULTIPART, (_PART + b"\r\n") * 400 + b"--b--\r\n"),
    "not DICOM": (_MULTIPART, _PART + b"<html>" * 100 + b"\r\n--b--\r\n"),
    "a preamble and nothing": (_MULTIPART, _PART + bytes(128) + b"DICM" + b"\r\n--b--\r\n"),
    "a length without bytes": (_MULTIPART, _PART + bytes(128) + b"DICM\x02\0\0\0UL\x04\0\xff\xff\xff\xff\r\n--b--\r\n"),
    "cut off": (_MULTIPART, _PART + bytes(128) + b"DICM\x02\0"),
    "encoded part": (_MULTIPART, b"--b\r\nContent-Type: application/dicom\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\r\n--b--\r\n"),
    "base64 part": (_MULTIPART, b"--b\r\nContent-Type: application/dicom\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\n"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HostileRequest:
    """One of them.

    Attributes:
        name: what it tries.
        data: what is sent; then the client stops sending.
        allowed: statuses that may answer it.
    """

    name: str
    data: bytes
    allowed: frozenset[int]


def hostile_requests(picture: str) -> Iterator[HostileRequest]:
    """Yield them all.

    Args:
        picture: path and query of a picture that the server has, with no parameter that is tried here.
    """
    uids, _, _ = picture.partition("&contentType")
    yield from _queries(picture, uids)
    yield from _heads(picture, uids)
    for name, data in _RAW.items():
        yield HostileRequest(name, data, EITHER | NOT_HAD | {0})
    yield from _bodies(picture)


def _queries(picture: str, uids: str) -> Iterator[HostileRequest]:
    """Yield requests with parameters that are none."""
    for name in _NUMBERS:
        for value in _HUGE:
            yield _get(f"{name}={value[:20]}", f"{picture}&{name}={value}", EITHER | {501})
        yield _get(f"{name} twice", f"{picture}&{name}=5&{name}=6", frozenset({400}))
        yield _get(f"{name} thousandfold", picture + f"&{name}=1" * 400, frozenset({400}))
    for parameter in ("studyUID", "seriesUID", "objectUID", "presentationUID"):
        for value in _UIDS:
            kept = "&".join(part for part in uids.split("&") if not part.startswith(f"{parameter}="))
            yield _get(f"{parameter}={value[:20]}", f"{kept}&{parameter}={value}", REFUSED | {0})
    for value in _REGIONS:
        yield _get(f"region={value[:20]}", f"{picture}&region={value}", EITHER)


def _heads(picture: str, uids: str) -> Iterator[HostileRequest]:
    """Yield requests with header fields, methods and targets that are none."""
    for value in _ACCEPTS:
        yield _get(f"Accept: {value[:30]}", uids, EITHER, ("Accept", value))
    for name, value in _FIELDS:
        yield _get(f"{name}: {value[:30]}", picture, EITHER, (name, value))
    for method in _METHODS:
        line = f"{method} {picture} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode("latin-1")
        yield HostileRequest(f"method {method[:20]}", line, EITHER | NOT_HAD | {0})
    for target in _TARGETS:
        line = f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode("latin-1")
        yield HostileRequest(f"target {target[:40]}", line, EITHER | {0})


def _bodies(picture: str) -> Iterator[HostileRequest]:
    """Yield requests whose body is not as long as it is said to be, or not what it is said to be."""
    for name, (head, body) in _FRAMINGS.items():
        for method, target in (("GET", picture), ("POST", "/studies")):
            start = f"{method} {target} HTTP/1.1\r\nHost: a\r\n{head}\r\n".encode("latin-1")
            yield HostileRequest(f"{method}, {name}", start + body, EITHER | NOT_HAD | {0})
    for name, (kind, body) in _BODIES.items():
        fields = f"Host: a\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        yield HostileRequest(f"body: {name}", b"POST /studies HTTP/1.1\r\n" + fields.encode("latin-1") + body, EITHER)


def _get(name: str, target: str, allowed: frozenset[int], field: tuple[str, str] | None = None) -> HostileRequest:
    host = "" if field is not None and field[0] == "Host" else "Host: a\r\n"
    extra = "" if field is None else f"{field[0]}: {field[1]}\r\n"
    head = f"GET {target} HTTP/1.1\r\n{host}{extra}Connection: close\r\n\r\n"
    return HostileRequest(name, head.encode("latin-1", "replace"), allowed | {0} if field else allowed)
