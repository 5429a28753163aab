"""What commands note for the audit trail, as the user who gives them."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openwado.observe.audit_facts import Agent, Received

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openwado.admission import TakenIn
    from openwado.assemble import System
    from openwado.observe.audit_journal import Journal


@contextmanager
def journal_for(system: System) -> Iterator[Journal | None]:
    """Give where a command notes; None where the settings say that nothing is.

    Afterwards the trail is written, unless a running server does that.
    """
    from openwado.audit_wiring import audit_options, journal_of, study_facts_of  # noqa: PLC0415 -- only needed here
    from openwado.observe.audit_composer import Composer  # noqa: PLC0415 -- as above
    from openwado.observe.audit_trail import TrailInUse  # noqa: PLC0415 -- as above

    journal = journal_of(system.settings)
    try:
        yield journal
    finally:
        if journal is not None:
            journal.close()
    options = audit_options(system.settings)
    if options is None:
        return
    try:
        composer = Composer(options, study_facts_of(system.index))
    except TrailInUse:
        return
    try:
        composer.step(last=True)
    finally:
        composer.close()


def this_agent(media: str = "") -> Agent:
    """Return who gives this command; media: what objects are imported from."""
    from openwado.audit_wiring import this_user  # noqa: PLC0415 -- only needed here

    return Agent(user=this_user(), media=media)


def noting(journal: Journal | None, media: str) -> Callable[[TakenIn], None] | None:
    """Return what notes objects that are imported; None where nothing is noted.

    Args:
        journal: where.
        media: URI of what they are imported from.
    """
    if journal is None:
        return None
    agent = this_agent(media)

    def note(taken: TakenIn) -> None:
        if taken.outcome == "same":
            return  # nothing has entered
        instance = taken.instance
        journal.note(
            Received(
                time=time.time(),
                agent=agent,
                study=instance.study_instance_uid,
                sop_class=instance.sop_class_uid,
                sop_instance=instance.sop_instance_uid,
                outcome=taken.outcome,
                way="import",
            )
        )

    return note
