"""What objects have in common as far as rules look at it: what a link to several of them is bound to.

A link goes to others, so the values themselves (of patients, of institutions) do not stand in it: their keyed digests
do.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from openwado.access.subject import ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openwado.access.subject import Subject

#: How different the objects of one link may be: each kind makes it longer.
MOST_KINDS: Final = 16

_DIGEST_BYTES: Final = 12
_FORM: Final = re.compile(rf"[a-z_.]{{1,400}}(?:~[A-Za-z0-9_-]{{16}}){{1,{MOST_KINDS}}}")


class TooDifferent(Exception):  # noqa: N818 -- a state of the objects
    """There are more kinds of objects than a link can name."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Attributes, and which values of them an object may have, all together.

    Attributes:
        attributes: their names, in order.
        digests: of the values.
        key: of the digests.
    """

    attributes: tuple[str, ...]
    digests: tuple[str, ...]
    key: bytes = field(repr=False)

    def holds_for(self, subject: Subject) -> bool:
        """Say whether an object is like one of those that were looked at."""
        return _digest(self.key, self.attributes, subject) in self.digests

    def __str__(self) -> str:
        return "~".join((".".join(self.attributes), *self.digests))


def likeness(attributes: Iterable[str], subjects: Iterable[Subject], key: bytes) -> Likeness:
    """Return what some objects are like.

    Args:
        attributes: names of those that matter.
        subjects: the objects.
        key: for the digests.

    Raises:
        TooDifferent: they are of more than 16 kinds.
    """
    names = tuple(sorted(attributes))
    digests = tuple(sorted({_digest(key, names, subject) for subject in subjects}))
    if len(digests) > MOST_KINDS:
        raise TooDifferent
    return Likeness(names, digests, key)


def read_likeness(text: str, key: bytes) -> Likeness | None:
    """Read what `str` has written, None if it is something else."""
    if not _FORM.fullmatch(text):
        return None
    names, *digests = text.split("~")
    attributes = tuple(names.split("."))
    return Likeness(attributes, tuple(digests), key) if set(attributes) <= set(ATTRIBUTES) else None


def _digest(key: bytes, names: tuple[str, ...], subject: Subject) -> str:
    values = [(name, ATTRIBUTES[name].read(subject)) for name in names]
    found = hmac.digest(key, json.dumps(values).encode(), "sha256")[:_DIGEST_BYTES]
    return base64.urlsafe_b64encode(found).decode()
