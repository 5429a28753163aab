"""One condition of a rule: an attribute, and the values that it may have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openwado.access.subject import ATTRIBUTES, Attribute

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openwado.access.subject import Subject

_CLAIM = re.compile(r"\{([A-Za-z0-9_.:/-]+)\}")


class UnusableRule(Exception):  # noqa: N818 -- a state of the settings
    """A rule cannot be; the message says why."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds for an object whose attribute has one of these values, or matches one of these patterns."""

    attribute: Attribute
    values: frozenset[str]
    patterns: tuple[re.Pattern[str], ...] = ()

    def holds_for(self, subject: Subject) -> bool:
        """Say whether it does; an attribute without a value meets no condition."""
        value = self.attribute.read(subject)
        return bool(value) and (value in self.values or any(pattern.fullmatch(value) for pattern in self.patterns))


@dataclass(frozen=True, slots=True)
class WrittenCondition:
    """A condition as a rule has it.

    Attributes:
        attribute: that it looks at.
        values: without wildcards.
        patterns: with * for any text and ? for any character, as DICOM matches (PS3.4 C.2.2.2.4).
        claims: names of claims; what they say of who asks are values too.
    """

    attribute: Attribute
    values: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]
    claims: tuple[str, ...]

    def of(self, claims: Mapping[str, tuple[str, ...]]) -> Condition:
        """Return it for somebody of whom these claims are made; wildcards in a claim are letters like any other."""
        said = {value for name in self.claims for value in claims.get(name, ())}
        return Condition(self.attribute, self.values | said, self.patterns)


def written_condition(name: str, values: Sequence[str]) -> WrittenCondition:
    """Read a condition.

    Args:
        name: of the attribute.
        values: that it may have: a text, a pattern, or {claim}.

    Raises:
        UnusableRule: there is no such attribute, or a value cannot be.
    """
    if name not in ATTRIBUTES:
        raise UnusableRule(f"it is no attribute that rules look at; these are: {', '.join(ATTRIBUTES)}")
    if not values or not all(values):
        raise UnusableRule("it needs at least one value, none of them empty")
    claims = tuple(found.group(1) for value in values if (found := _CLAIM.fullmatch(value)))
    texts = [value for value in values if not _CLAIM.fullmatch(value)]
    if odd := next((text for text in texts if "{" in text or "}" in text), None):
        raise UnusableRule(f"{odd!r}: a claim stands alone, such as {{patient_id}}")
    patterns = tuple(_pattern(text) for text in texts if "*" in text or "?" in text)
    plain = frozenset(text for text in texts if "*" not in text and "?" not in text)
    return WrittenCondition(ATTRIBUTES[name], plain, patterns, claims)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in text), re.DOTALL)
