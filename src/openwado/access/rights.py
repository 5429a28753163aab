"""What a rule can allow."""

from __future__ import annotations

from typing import Final, Literal, get_args

#: view: pictures, documents and lists. native: objects as DICOM. anonymized: objects as DICOM with anonymize=yes.
#: store: objects sent by POST. delete: objects taken away by DELETE. sign: links made for others. observe: what is told
#: about the server itself.
Right = Literal["view", "native", "anonymized", "store", "delete", "sign", "observe"]

RIGHTS: Final[tuple[Right, ...]] = get_args(Right)

Rights = frozenset[Right]

#: With any of them an object is no secret.
READING: Final[Rights] = frozenset({"view", "native", "anonymized"})

#: With any of them an object stands in lists, which hold names.
LISTING: Final[Rights] = frozenset({"view", "native"})

#: With both everywhere, nothing about a request for an object has to be looked at.
READING_ALL: Final[Rights] = frozenset({"view", "native"})


def with_implied(rights: Rights) -> Rights:
    """Return rights with those that they hold in themselves: who may have an object may have it anonymized."""
    return rights | {"anonymized"} if "native" in rights else rights


def required_right(kind: str, *, anonymize: bool) -> Right:
    """Return what an answer needs.

    Args:
        kind: of the result, as the negotiation names it: "dicom", or what is rendered.
        anonymize: whether anonymize=yes was given.
    """
    if kind != "dicom":
        return "view"
    return "anonymized" if anonymize else "native"
