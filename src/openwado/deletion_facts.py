"""What is noted for the audit trail when objects are deleted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from openwado.observe.audit_facts import Agent, Deleted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openwado.archive.index import Index


def deletion_facts(index: Index, agent: Agent, uids: Sequence[str]) -> list[Deleted]:
    """Return what is to be noted, by study; found out before they are deleted.

    Args:
        index: that they are in.
        agent: who deletes them.
        uids: their SOP Instance UIDs.
    """
    now = time.time()
    studies: dict[str, dict[str, list[str]]] = {}
    for uid in uids:
        found = index.find(uid)
        if found is not None and not found.gone:
            instance = found.instance
            classes = studies.setdefault(instance.study_instance_uid, {})
            classes.setdefault(instance.sop_class_uid, []).append(uid)
    facts = []
    for study, classes in studies.items():
        row = index.study(study)
        count = sum(map(len, classes.values()))
        facts.append(
            Deleted(
                time=now,
                agent=agent,
                study=study,
                whole=row is not None and row.number_of_instances <= count,
                classes=classes,
                patient_id="" if row is None else row.description.patient_id,
                patient_name="" if row is None else row.description.patient_name,
                accession="" if row is None else row.description.accession_number,
            )
        )
    return facts
