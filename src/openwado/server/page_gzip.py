"""Pages and their style sheet and scripts in fewer bytes, for who takes gzip (RFC 9110 8.4.1.3).

A page that repeats what its address asked for is sent as it is: who can have somebody else's browser ask for it could
learn from its length what else it holds. Pictures and objects are not compressed again.
"""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, Final

from openwado.protocol.list_syntax import read_quality

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response, StreamingResponse

#: How hard it is tried for a page, which is made for one answer: a third of the best level's time, a tenth more bytes.
_LEVEL: Final = 5

#: Bytes that fit one packet with their head: fewer would not come sooner.
_SMALLEST: Final = 1024


#: What zlib calls a window of 32 KiB in a gzip member.
_GZIP: Final = 31

#: The end of the entity tag of what is compressed.
GZIP_TAG: Final = '-gzip"'


def takes_gzip(request: Request) -> bool:
    """Say whether Accept-Encoding allows gzip (RFC 9110 12.5.3)."""
    qualities: dict[str, float] = {}
    for entry in ",".join(request.headers.getlist("accept-encoding")).split(","):
        coding, _, parameter = (piece.strip(" \t").lower() for piece in entry.partition(";"))
        try:
            qualities[coding] = read_quality(parameter[2:]) if parameter.startswith("q=") else 1.0
        except ValueError:
            continue
    return qualities.get("gzip", qualities.get("*", 0.0)) > 0


def compressed(request: Request, response: StreamingResponse) -> StreamingResponse:
    """Compress an answer while it is written, where that is taken, and nothing in it is of the query."""
    response.headers.add_vary_header("Accept-Encoding")
    if not request.scope["query_string"] and takes_gzip(request):
        response.headers["Content-Encoding"] = "gzip"
        response.body_iterator = _compressed(response.body_iterator)
    return response


async def _compressed(pieces: AsyncIterable[str | bytes | memoryview]) -> AsyncIterator[bytes]:
    compressor = zlib.compressobj(_LEVEL, wbits=_GZIP)
    async for piece in pieces:
        data = piece.encode() if isinstance(piece, str) else piece
        if found := compressor.compress(data):
            yield found
    yield compressor.flush()


def with_gzip(request: Request, response: Response) -> Response:
    """Compress an answer whose body is known, where that is taken, worth it, and nothing in it is of the query."""
    response.headers.add_vary_header("Accept-Encoding")
    body = bytes(response.body)
    if request.scope["query_string"] or len(body) < _SMALLEST or not takes_gzip(request):
        return response
    response.body = gzip.compress(body, _LEVEL, mtime=0)
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Content-Length"] = str(len(response.body))
    if "ETag" in response.headers:  # other bytes have another tag (RFC 9110 8.8.3)
        response.headers["ETag"] = response.headers["ETag"].removesuffix('"') + GZIP_TAG
    return response
