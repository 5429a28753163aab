"""Transfer syntaxes with pixel data that are known, and that no library here decodes."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Undecoded:
    """A transfer syntax that is left as it is stored.

    Attributes:
        name: of the transfer syntax (PS3.6 table A-1).
        reason: why nobody here decodes it.
    """

    name: str
    reason: str


_ARITHMETIC = "lossless JPEG with arithmetic coding (ISO 10918-1 process 15)"
_HIERARCHICAL = "hierarchical JPEG (ISO 10918-1 annex J)"
_ELSEWHERE = "the pixel data are on another server (JPIP)"

#: Transfer syntax UID to what it is and why it is not decoded.
UNDECODED: Mapping[str, Undecoded] = MappingProxyType(
    {
        "1.2.840.10008.1.2.4.58": Undecoded("JPEG Lossless, Non-Hierarchical (Process 15) (retired)", _ARITHMETIC),
        "1.2.840.10008.1.2.4.59": Undecoded("JPEG Extended, Hierarchical (Process 16 & 18) (retired)", _HIERARCHICAL),
        "1.2.840.10008.1.2.4.60": Undecoded("JPEG Extended, Hierarchical (Process 17 & 19) (retired)", _HIERARCHICAL),
        "1.2.840.10008.1.2.4.61": Undecoded(
            "JPEG Spectral Selection, Hierarchical (Process 20 & 22) (retired)", _HIERARCHICAL
        ),
        "1.2.840.10008.1.2.4.62": Undecoded(
            "JPEG Spectral Selection, Hierarchical (Process 21 & 23) (retired)", _HIERARCHICAL
        ),
        "1.2.840.10008.1.2.4.63": Undecoded(
            "JPEG Full Progression, Hierarchical (Process 24 & 26) (retired)", _HIERARCHICAL
        ),
        "1.2.840.10008.1.2.4.64": Undecoded(
            "JPEG Full Progression, Hierarchical (Process 25 & 27) (retired)", _HIERARCHICAL
        ),
        "1.2.840.10008.1.2.4.65": Undecoded("JPEG Lossless, Hierarchical (Process 28) (retired)", _HIERARCHICAL),
        "1.2.840.10008.1.2.4.66": Undecoded("JPEG Lossless, Hierarchical (Process 29) (retired)", _HIERARCHICAL),
        "1.2.840.10008.1.2.4.94": Undecoded("JPIP Referenced", _ELSEWHERE),
        "1.2.840.10008.1.2.4.95": Undecoded("JPIP Referenced Deflate", _ELSEWHERE),
        "1.2.840.10008.1.2.4.204": Undecoded("JPIP HTJ2K Referenced", _ELSEWHERE),
        "1.2.840.10008.1.2.4.205": Undecoded("JPIP HTJ2K Referenced Deflate", _ELSEWHERE),
    }
)

#: Pixel data are on another server, to be fetched by JPIP (PS3.5 A.6, A.7, A.11).
REFERENCED = frozenset(uid for uid, undecoded in UNDECODED.items() if undecoded.reason == _ELSEWHERE)
