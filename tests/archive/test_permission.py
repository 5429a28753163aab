"""Who may store beside what, decided when the object goes in: of two senders at the same moment one is heard."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from made_objects import write_object
from openwado.admission import Admission, AdmissionRules, Refused
from openwado.archive.committer import Committer
from openwado.archive.file_store import FileStore
from openwado.archive.incoming import Incoming
from openwado.archive.index import Admitted, NotPermitted
from openwado.archive.kept_folder import KeptFolder
from openwado.archive.stores import Stores
from openwado.verification import Verification

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from openwado.archive.index import FileNote, Permission, Policy
    from openwado.archive.sql_index import SqlIndex
    from openwado.dicom.instance import Description, Instance

STUDY, SERIES = "1.2.3", "1.2.3.9"


class _Gate(Committer):
    """Lets objects into the index when as many as are meant stand before it: all have been looked at by then."""

    def __init__(self, index: SqlIndex, barrier: threading.Barrier) -> None:
        super().__init__(index)
        self._barrier = barrier

    def admit(self, note: FileNote, policy: Policy, permission: Permission | None = None) -> Admitted:
        self._barrier.wait(timeout=30)
        return super().admit(note, policy, permission)


class Senders:
    """Two servers over one index and one store, and a sender at each, who may store for one patient."""

    def __init__(self, index: SqlIndex, folder: Path, *, at_once: int = 2, servers: int = 2) -> None:
        self.index, self.folder = index, folder
        self.kept = KeptFolder(folder / "archive")
        self.stores = Stores(FileStore(), self.kept)
        barrier = threading.Barrier(at_once)
        gates = [_Gate(index, barrier) for _ in range(servers)]
        rules = AdmissionRules(duplicates="replace")
        self.admissions = [Admission(index, gate, self.stores, self.kept, rules=rules) for gate in gates]

    def send(self, server: int, patient: str, uid: str, study: str, series: str) -> str:
        """Have a patient's sender store an object; return what became of it, or why it was refused."""
        path = write_object(self.folder / f"{patient}-{uid}.dcm", uid, study, series, PatientID=patient)

        def may_store(_instance: Instance, description: Description) -> bool:
            return description.patient_id == patient

        with Incoming(self.kept.incoming) as incoming:
            incoming.write(path.read_bytes())
            try:
                return self.admissions[server].take_in(incoming, may_store=may_store).outcome
            except Refused as refused:
                return refused.cause

    def at_once(self, *objects: tuple[str, str, str, str], servers: int = 2) -> list[str]:
        """Have senders store objects at the same moment: patient, and the UIDs of object, study and series of each."""
        with ThreadPoolExecutor(len(objects)) as threads:
            sent = [threads.submit(self.send, at % servers, *one) for at, one in enumerate(objects)]
            return sorted(one.result() for one in sent)


SAME_SERIES = ("1.2", STUDY, SERIES)
SERIES_ELSEWHERE = ("1.2", "1.2.4", SERIES)
SAME_STUDY = ("1.2", STUDY, "1.2.3.8")
SAME_OBJECT = ("1.1", "1.2.4", "1.2.4.9")  # within a server those of one UID go one after the other


@pytest.mark.parametrize(
    ("others", "servers"),
    [
        *((others, servers) for others in (SAME_SERIES, SERIES_ELSEWHERE, SAME_STUDY) for servers in (1, 2)),
        (SAME_OBJECT, 2),
    ],
)
def test_of_two_for_two_patients_one_is_heard(
    index: SqlIndex, tmp_path: Path, others: tuple[str, str, str], servers: int
) -> None:
    """Neither was there when the other was looked at; the bytes of the refused one are gone."""
    senders = Senders(index, tmp_path, servers=servers)
    came_out = senders.at_once(("A", "1.1", STUDY, SERIES), ("B", *others), servers=servers)
    assert came_out == ["not authorized", "stored"]
    assert index.count() == 1
    assert len([path for path in (tmp_path / "archive").rglob("*.dcm") if path.is_file()]) == 1
    assert [found.state for found in Verification(index, senders.stores).run()] == []


@pytest.mark.parametrize("servers", [1, 2])
def test_of_two_for_one_patient_both_are_heard(index: SqlIndex, tmp_path: Path, servers: int) -> None:
    """The first two objects of a series at the same moment, which is what a modality sends."""
    senders = Senders(index, tmp_path, servers=servers)
    assert senders.at_once(("A", "1.1", STUDY, SERIES), ("A", "1.2", STUDY, SERIES), servers=servers) == ["stored"] * 2
    assert index.count() == 2


def test_many_at_once(index: SqlIndex, tmp_path: Path) -> None:
    """Eight objects for four patients, all of one new series: those of one patient get in, whoever is first."""
    senders = Senders(index, tmp_path, at_once=8)
    came_out = senders.at_once(*((patient, f"1.{n}", STUDY, SERIES) for n, patient in enumerate("ABCDABCD")))
    assert came_out == ["not authorized"] * 6 + ["stored"] * 2
    rows = index.instances(SERIES, offset=0, limit=10)
    assert len({row.description.patient_id for row in rows}) == 1
    assert len(rows) == 2


def test_one_refused_is_not_the_fault_of_others(index: SqlIndex, note: Callable[..., FileNote]) -> None:
    """What goes in together is written or not, one by one; who may store all hears nothing of it."""

    def never(_held: object, _beside: Sequence[object]) -> bool:
        return False

    with pytest.raises(NotPermitted):
        index.admit([note("@abc/1", "1.1"), note("@abc/2", "1.2")], "reject", [None, never])
    assert index.count() == 0
    committer = Committer(index)
    with ThreadPoolExecutor(4) as threads:
        sent = [
            threads.submit(committer.admit, note(f"@abc/{n}", f"1.{n}"), "reject", never if n % 2 else None)
            for n in range(1, 9)
        ]
    failures = [one.exception() for one in sent]
    assert [isinstance(failure, NotPermitted) for failure in failures] == [True, False] * 4
    assert index.count() == 4


def test_what_is_beside_is_what_others_stored(index: SqlIndex, note: Callable[..., FileNote]) -> None:
    """Never the object itself; the one that it replaces is told apart; a series that was emptied is none."""
    asked = []

    def ask(held: tuple[Instance, Description] | None, beside: Sequence[tuple[Description, bool]]) -> bool:
        asked.append((held and held[0].key, [is_of_series for _, is_of_series in beside]))
        return True

    for key, uid, policy in (("@abc/1", "1.1", "reject"), ("@abc/2", "1.2", "reject"), ("@abc/3", "1.2", "replace")):
        index.admit([note(key, uid)], policy, [ask])  # type: ignore[arg-type]
    assert asked == [(None, []), (None, [True]), ("@abc/2", [True])]
    index.delete(["1.1", "1.2"])
    index.admit([note("@abc/4", "1.4")], "reject", [ask])
    assert asked[3:] == [(None, [])]


@pytest.mark.parametrize("study", [STUDY, "1.2.4"])
def test_whoever_is_at_a_series_is_waited_for(index: SqlIndex, note: Callable[..., FileNote], study: str) -> None:
    """While one object of a new series goes in, another one of that UID waits, in whichever study, and then sees it."""
    inside, asked = threading.Event(), threading.Event()
    seen: list[bool] = []

    def first(_held: object, _beside: Sequence[object], /) -> bool:
        inside.set()
        asked.wait(1)
        return True

    def second(_held: object, beside: Sequence[tuple[Description, bool]], /) -> bool:
        asked.set()
        seen.extend(is_of_series for _, is_of_series in beside)
        return True

    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(index.admit, [note("@abc/1", "1.1", STUDY, SERIES)], "reject", [first])
        assert inside.wait(20)
        other = threads.submit(index.admit, [note("@abc/2", "1.2", study, SERIES)], "reject", [second])
        assert (one.result(), other.result()) == ([Admitted("stored")], [Admitted("stored")])
    assert seen == [True]
