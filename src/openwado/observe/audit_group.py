"""Facts of the same kind gathered, so that five hundred pictures of a study are one access and not five hundred."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openwado.observe.audit_facts import Authenticated, Listed, Received, Refused, Retrieved

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from openwado.observe.audit_facts import Fact


@dataclass(slots=True)
class Group:
    """Facts that are one event: of one agent, about one study, of one kind.

    Attributes:
        first: the earliest of them, which says what they have in common.
        count: how many there were.
        instances: SOP Instance UIDs by SOP Class UID, in the order in which they came.
    """

    first: Fact
    count: int = 0
    instances: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, fact: Fact) -> None:
        """Take another fact in."""
        self.count += 1
        if isinstance(fact, Retrieved | Received):
            self.instances.setdefault(fact.sop_class, {})[fact.sop_instance] = None
            if isinstance(self.first, Listed):  # the pictures say more about the access than the page
                self.first = fact

    def chunks(self, most: int) -> Iterator[dict[str, list[str]]]:
        """Give the instances in portions of at most so many; one empty portion where there are none."""
        chunk: dict[str, list[str]] = {}
        size = 0
        for sop_class, uids in self.instances.items():
            for uid in uids:
                if size == most:
                    yield chunk
                    chunk, size = {}, 0
                chunk.setdefault(sop_class, []).append(uid)
                size += 1
        if chunk or not self.instances:
            yield chunk


class Gathering:
    """The groups of one window."""

    def __init__(self) -> None:
        self._groups: dict[Hashable, Group] = {}
        self.facts = 0

    def add(self, fact: Fact) -> Group:
        """Take a fact in; return its group."""
        key = _key_of(fact)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(fact)
        group.add(fact)
        self.facts += 1
        return group

    def take(self) -> list[Group]:
        """Return all groups, in the order in which they began, and forget them."""
        groups, self._groups, self.facts = list(self._groups.values()), {}, 0
        return groups


def _key_of(fact: Fact) -> Hashable:
    match fact:
        case Retrieved():
            return (fact.agent, fact.study, fact.stage, fact.encrypted, fact.anonymized)
        case Listed():
            return (fact.agent, fact.study, "shown", fact.encrypted, False)
        case Received():
            return (fact.agent, fact.study, fact.outcome, fact.way, fact.encrypted)
        case Refused():
            return (fact.agent, fact.reason, fact.way)
        case Authenticated():
            return (fact.agent, fact.method, fact.succeeded, fact.reason)
        case _:
            return (fact,)
