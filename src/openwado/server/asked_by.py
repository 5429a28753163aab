"""Who asks, as `authenticate` leaves it in the scope of a request; nothing is there where nobody is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openwado.access.permission import narrowing
from openwado.access.principal import ANYBODY, Principal
from openwado.errors import Forbidden

if TYPE_CHECKING:
    from starlette.types import Scope

    from openwado.access.permission import Permission
    from openwado.access.rights import Right, Rights
    from openwado.access.subject import Subject
    from openwado.errors import WadoError

PRINCIPAL: Final = "principal"
PERMISSION: Final = "permission"
REFUSED: Final = "refused"
KEPT_UNTIL: Final = "kept_until"
#: How somebody tried to prove who they are beside the Authorization field, and the name that was said.
TRIED: Final = "tried"


@dataclass(frozen=True, slots=True)
class KeptUntil:
    """How long an answer may be kept that a signed link has asked for: seconds since 1970; 0: not at all."""

    time: int


def principal_of(scope: Scope) -> Principal:
    """Return who asks."""
    found: Principal = scope.get("state", {}).get(PRINCIPAL, ANYBODY)
    return found


def permission_of(scope: Scope) -> Permission | None:
    """Return what they may read; None where that is everything."""
    return narrowing(scope.get("state", {}).get(PERMISSION))


def rights_of(scope: Scope, subject: Subject) -> Rights | None:
    """Return what they may do with an object; None where nobody is asked who they are."""
    permission: Permission | None = scope.get("state", {}).get(PERMISSION)
    return None if permission is None else permission.rights_on(subject)


def permission_with(scope: Scope, right: Right) -> Permission | None:
    """Return what somebody may do who has a right on something at least; None where everybody may do everything.

    Raises:
        WadoError: it is not known who asks, or they have not the right.
    """
    state = scope.get("state", {})
    refused: WadoError | None = state.get(REFUSED)
    if refused is not None:
        raise refused
    permission: Permission | None = state.get(PERMISSION)
    if permission is not None and right not in permission.somewhere:
        raise Forbidden(f"This needs the right {right!r}, which no rule gives to who asks.")
    return permission


def may(scope: Scope, right: Right) -> bool:
    """Say whether somebody has a right on something at least."""
    permission: Permission | None = scope.get("state", {}).get(PERMISSION)
    return permission is None or right in permission.somewhere


def kept_until(scope: Scope) -> KeptUntil | None:
    """Return how long the answer may be kept; None where nothing but the settings says."""
    found: KeptUntil | None = scope.get("state", {}).get(KEPT_UNTIL)
    return found
