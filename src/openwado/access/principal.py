"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

#: How it was proved.
Method = Literal["none", "token", "key", "password", "proxy", "certificate", "link"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, as far as it is known; safe to be written into logs.

    Attributes:
        name: of a person, a program or a link; "" where nobody is asked.
        method: how it was proved.
        roles: that rules speak of.
        claims: other things said of them by who vouches for them; a rule may ask for the same value in an object.
    """

    name: str
    method: Method
    roles: frozenset[str] = frozenset()
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


#: Whoever asks where nobody is asked who they are.
ANYBODY: Final = Principal("", "none")
