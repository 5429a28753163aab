"""The rules: which roles have which rights on which objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openwado.access.condition import UnusableRule, WrittenCondition, written_condition
from openwado.access.permission import Grant, RulePermission
from openwado.access.rights import RIGHTS, Rights, with_implied
from openwado.settings.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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


def read_rule(table: Mapping[str, object]) -> Rule:
    """Read a row of the settings: roles, rights, and attributes with the values that they may have.

    Raises:
        UnusableRule: it cannot be.
    """
    for fault in faults_of_rule(table):
        raise UnusableRule(f"{fault.setting}: {fault.text}")
    roles, named, conditions = _parts(table)
    rights: Rights = frozenset(right for right in RIGHTS if right in named)
    found = tuple(written_condition(name, values) for name, values in conditions.items())
    return Rule(frozenset(roles), with_implied(rights), found)


def faults_of_rule(table: Mapping[str, object]) -> Iterator[Fault]:
    """Give what is wrong with a row of the settings."""
    roles, rights, conditions = _parts(table)
    odd = {name for name, value in table.items() if _texts(value) is None}
    for name in sorted(odd):
        yield Fault(name, "it is neither a text nor a list of texts")
    if "roles" not in odd and (not roles or not all(roles)):
        yield Fault("roles", 'a rule needs them: names, or "*" for everybody who has signed in')
    if "rights" not in odd and not rights:
        yield Fault("rights", f"a rule needs them, any of: {', '.join(RIGHTS)}")
    for unknown in sorted(set(rights) - set(RIGHTS)):
        yield Fault("rights", f"{unknown!r} is no right; these are: {', '.join(RIGHTS)}")
    for name, values in conditions.items():
        try:
            if name in odd:
                continue
            written_condition(name, values)
        except UnusableRule as error:
            yield Fault(name, str(error))


def _parts(table: Mapping[str, object]) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Return the roles of a row, its rights, and its other attributes with their values."""
    rows = {name: _texts(value) or () for name, value in table.items()}
    return rows.pop("roles", ()), rows.pop("rights", ()), rows


def _texts(value: object) -> tuple[str, ...] | None:
    """Return a text, or a list of texts, as one tuple; None where it is neither."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Sequence) and all(isinstance(text, str) for text in value):
        return tuple(value)
    return None
