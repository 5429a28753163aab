"""What one principal may do, and the answer where they may not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from openwado.access.rights import READING_ALL, Right, Rights
from openwado.errors import Forbidden

if TYPE_CHECKING:
    from openwado.access.condition import Condition
    from openwado.access.subject import Level, Subject


class Permission(Protocol):
    """What one principal may do."""

    @property
    def everywhere(self) -> Rights:
        """Rights on all objects."""

    @property
    def somewhere(self) -> Rights:
        """Rights on some objects at least."""

    def rights_on(self, subject: Subject) -> Rights:
        """Return the rights on one object, or one series."""

    @property
    def attributes(self) -> frozenset[str]:
        """Names of all attributes that rights depend on: where they are the same, so are the rights."""

    def held_by(self, right: Right, level: Level, subject: Subject) -> frozenset[str] | None:
        """Return what a right on a whole study, or series, hangs on.

        Args:
            right: that is meant.
            level: of what.
            subject: an object of it.

        Returns:
            Names of the attributes that an object of it, now or later, has to share with this one; None if there is no
            right on all of it.
        """


@dataclass(frozen=True, slots=True)
class Grant:
    """Rights on what meets all conditions."""

    rights: Rights
    conditions: tuple[Condition, ...]

    def holds_for(self, subject: Subject) -> bool:
        """Say whether an object is meant."""
        return all(condition.holds_for(subject) for condition in self.conditions)

    def is_of(self, level: Level) -> bool:
        """Say whether what holds for one object of a study, or series, should hold for all of it (PS3.3 A.1.2)."""
        return level == "series" or all(condition.attribute.level == "study" for condition in self.conditions)

    @property
    def attributes(self) -> frozenset[str]:
        """Names of the attributes that it looks at."""
        return frozenset(condition.attribute.name for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class RulePermission:
    """What rules allow; implements `Permission`.

    Attributes:
        everywhere: without conditions.
        grants: with conditions.
    """

    everywhere: Rights
    grants: tuple[Grant, ...]

    @property
    def somewhere(self) -> Rights:
        """Rights on some objects at least."""
        return self.everywhere.union(*(grant.rights for grant in self.grants))

    def rights_on(self, subject: Subject) -> Rights:
        """Return the rights on one object, or one series."""
        return self.everywhere.union(*(grant.rights for grant in self.grants if grant.holds_for(subject)))

    @property
    def attributes(self) -> frozenset[str]:
        """Names of all attributes that rights depend on: where they are the same, so are the rights."""
        return frozenset[str]().union(*(grant.attributes for grant in self.grants))

    def held_by(self, right: Right, level: Level, subject: Subject) -> frozenset[str] | None:
        """Return what a right on a whole study, or series, hangs on; of several rules the one that asks for least."""
        if right in self.everywhere:
            return frozenset()
        holding = [
            grant.attributes
            for grant in self.grants
            if right in grant.rights and grant.is_of(level) and grant.holds_for(subject)
        ]
        return min(holding, key=lambda names: (len(names), sorted(names)), default=None)


def narrowing(permission: Permission | None) -> Permission | None:
    """Return a permission where it keeps anything from being read; None where all may be."""
    return None if permission is None or permission.everywhere >= READING_ALL else permission


def check_right(rights: Rights, required: Right) -> None:
    """Refuse what is not allowed to somebody who may know that the object is there.

    Raises:
        Forbidden: with what would be allowed instead (PS3.18 8.5: 403).
    """
    if required in rights:
        return
    if "anonymized" in rights:
        raise Forbidden(
            "This object may be had anonymized only: ask with contentType=application/dicom and anonymize=yes.",
            parameter="anonymize",
        )
    if "view" in rights:
        raise Forbidden(
            "This object may be seen, but not had as DICOM: ask for a rendered type, such as image/jpeg or text/html.",
            parameter="contentType",
        )
    raise Forbidden("This object may not be had rendered: ask with contentType=application/dicom.")
