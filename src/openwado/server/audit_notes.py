"""What the doors note for the audit trail: who asked, for what, and what came of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from openwado.access.link import masked
from openwado.jobs import ObjectJob
from openwado.observe.audit_facts import (
    Agent,
    Alerted,
    Asked,
    Authenticated,
    Listed,
    Received,
    Refused,
    Retrieved,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from starlette.types import Scope

    from openwado.admission import TakenIn
    from openwado.observe.audit_facts import Deleted, Stage, Way
    from openwado.observe.audit_journal import Journal
    from openwado.retrieve import Prepared

#: Accesses remembered in a window; then they are forgotten, and may be noted twice.
_MOST_REMEMBERED: Final = 50_000


class AuditNotes:
    """One process's notes.

    Args:
        journal: where they go.
        window: seconds for which the same access is noted once; 0: every time.
    """

    def __init__(self, journal: Journal, window: float) -> None:
        self.journal = journal
        self._window = window
        self._remembered: set[Hashable] = set()
        self._forget_at = 0.0

    def retrieving(self, scope: Scope, prepared: Prepared) -> Retrieved:
        """Note that an object is about to be sent, or shown; return what was noted, for `sent`.

        Raises:
            Unavailable: it cannot be noted, and must be.
        """
        instance, job = prepared.instance, prepared.job
        is_native = isinstance(job, ObjectJob)
        fact = Retrieved(
            time=time.time(),
            agent=agent_of(scope),
            study=instance.study_instance_uid,
            sop_class=instance.sop_class_uid,
            sop_instance=instance.sop_instance_uid,
            stage="begun" if is_native else "shown",
            encrypted=scope["scheme"] == "https",
            anonymized=isinstance(job, ObjectJob) and job.wishes.deidentification is not None,
        )
        key = (fact.agent, fact.sop_instance, fact.stage, fact.anonymized)
        if self._is_new(key):
            self.journal.note_before(fact)
            self._remember(key)
        return fact

    def sent(self, fact: Retrieved, *, whole: bool) -> None:
        """Note that an object has been sent, or the beginning of it only."""
        if fact.stage != "begun":
            return
        stage: Stage = "sent" if whole else "broken off"
        key = (fact.agent, fact.sop_instance, stage, fact.anonymized)
        if self._is_new(key):
            self._remember(key)
            self.journal.note(
                Retrieved(
                    time=time.time(),
                    agent=fact.agent,
                    study=fact.study,
                    sop_class=fact.sop_class,
                    sop_instance=fact.sop_instance,
                    stage=stage,
                    encrypted=fact.encrypted,
                    anonymized=fact.anonymized,
                )
            )

    def listed(self, scope: Scope, study: str) -> None:
        """Note that a page shows a study.

        Raises:
            Unavailable: it cannot be noted, and must be.
        """
        agent = agent_of(scope)
        key = (agent, study, "listed")
        if self._is_new(key):
            encrypted = scope["scheme"] == "https"
            self.journal.note_before(Listed(time=time.time(), agent=agent, study=study, encrypted=encrypted))
            self._remember(key)

    def asked(self, scope: Scope) -> None:
        """Note a query by the page's list.

        Raises:
            Unavailable: it cannot be noted, and must be.
        """
        query = masked(scope["query_string"].decode("latin-1"))
        target = f"{scope['method']} {scope['path']}{'?' if query else ''}{query}"
        self.journal.note_before(Asked(time=time.time(), agent=agent_of(scope), query=target))

    def authenticated(self, agent: Agent, method: str, *, succeeded: bool, reason: str = "") -> None:
        """Note that somebody has proven who they are, once in a window; or has not, each time."""
        if succeeded:
            if not self._is_new((agent, method)):
                return
            self._remember((agent, method))
        self.journal.note(
            Authenticated(time=time.time(), agent=agent, method=method, succeeded=succeeded, reason=reason)
        )

    def alert_node(self, address: str, reason: str) -> None:
        """Note that a machine could not prove what it is, once in a window for the same reason."""
        agent, text = Agent(address=address), f"TLS was not agreed upon: {reason}"
        if self._is_new((agent, text)):
            self._remember((agent, text))
            self.journal.note(Alerted(time=time.time(), agent=agent, kind="node authentication", text=text))

    def alert_restricted(self, agent: Agent, text: str) -> None:
        """Note that somebody asked for what they may not."""
        if self._is_new((agent, text)):
            self._remember((agent, text))
            self.journal.note(Alerted(time=time.time(), agent=agent, kind="restricted function", text=text))

    def link_made(self, agent: Agent, text: str) -> None:
        """Note that somebody lets others have an object, before they get the link.

        Raises:
            Unavailable: it cannot be noted, and must be.
        """
        self.journal.note_before(
            Alerted(time=time.time(), agent=agent, kind="object security changed", text=text, outcome=0)
        )

    def received(self, agent: Agent, taken: TakenIn, way: Way, *, encrypted: bool = False) -> None:
        """Note an object that was taken in."""
        instance = taken.instance
        self.journal.note(
            Received(
                time=time.time(),
                agent=agent,
                study=instance.study_instance_uid,
                sop_class=instance.sop_class_uid,
                sop_instance=instance.sop_instance_uid,
                outcome=taken.outcome,
                way=way,
                encrypted=encrypted,
            )
        )

    def refused(self, agent: Agent, reason: str, way: Way) -> None:
        """Note an object that was not taken in."""
        self.journal.note(Refused(time=time.time(), agent=agent, reason=reason, way=way))

    def deleted(self, facts: Iterable[Deleted]) -> None:
        """Note what has been deleted, as `audit_wiring.deletions` had found it before."""
        for fact in facts:
            self.journal.note(fact)

    def close(self) -> None:
        """Note nothing more."""
        self.journal.close()

    def _is_new(self, key: Hashable) -> bool:
        """Say whether something is noted for the first time in this window."""
        if not self._window:
            return True
        now = time.monotonic()
        if now >= self._forget_at or len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
            self._forget_at = now + self._window
        return key not in self._remembered

    def _remember(self, key: Hashable) -> None:
        if self._window:
            self._remembered.add(key)


def agent_of(scope: Scope) -> Agent:
    """Return who sends a request: the name that was proven, if any, and the address."""
    principal = scope.get("state", {}).get("principal")
    client = scope.get("client")
    name = "" if principal is None else principal.name.encode("utf-8", "replace").decode()  # it may hold surrogates
    return Agent(name, client[0] if client else "")
