"""The rules: which roles have which rights on which objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openwado.access.condition import UnusableRule, WrittenCondition, written_condition
from openwado.access.permission import Grant, RulePermission
from openwado.access.rights import RIGHTS, Rights, with_implied

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from openwado.access.principal import Principal

#: In the place of a role: everybody of whom it is known who they are.
ALL_ROLES: Final = "*"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: these roles have these rights on what meets all conditions."""

    roles: frozenset[str]
    rights: Rights
    conditions: tuple[WrittenCondition, ...]

    def speaks_of(self, principal: Principal) -> bool:
        """Say whether it is for somebody."""
        return ALL_ROLES in self.roles or not self.roles.isdisjoint(principal.roles)


class Policy:
    """All rules; what none of them allows is not allowed.

    Args:
        rules: in any order.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)

    def permission_of(self, principal: Principal) -> RulePermission:
        """Return what somebody may do."""
        everywhere: Rights = frozenset()
        grants: list[Grant] = []
        for rule in self._rules:
            if not rule.speaks_of(principal):
                continue
            if rule.conditions:
                grants.append(Grant(rule.rights, tuple(one.of(principal.claims) for one in rule.conditions)))
            else:
                everywhere |= rule.rights
        return RulePermission(everywhere, tuple(grants))


def read_rule(table: Mapping[str, str | Sequence[str]]) -> Rule:
    """Read a row of the settings: roles, rights, and attributes with the values that they may have.

    Raises:
        UnusableRule: it cannot be.
    """
    rows = {name: (values,) if isinstance(values, str) else tuple(values) for name, values in table.items()}
    roles, named = rows.pop("roles", ()), rows.pop("rights", ())
    if not roles or not all(roles):
        raise UnusableRule('a rule needs roles: names, or "*" for everybody who has signed in')
    if not named:
        raise UnusableRule(f"a rule needs rights, any of: {', '.join(RIGHTS)}")
    rights: Rights = frozenset(right for right in RIGHTS if right in named)
    if unknown := set(named) - rights:
        raise UnusableRule(f"{min(unknown)!r} is no right; these are: {', '.join(RIGHTS)}")
    conditions = tuple(written_condition(name, values) for name, values in rows.items())
    return Rule(frozenset(roles), with_implied(rights), conditions)
