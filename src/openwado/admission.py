"""Objects taken in: read, checked, kept, indexed; whoever hands one over hears of success only when it cannot be lost.

Whatever the way in (C-STORE, STOW-RS, import, a watched folder), the steps are these, in this order: the bytes are
gathered in a file that nobody looks at; they are read as every object is; the store has them on stable storage, under a
key made of their digest; the index says so, in a transaction on stable storage. A process that ends between two steps
leaves bytes that nobody was told of, which `verification` finds.
"""

from __future__ import annotations

import errno
import logging
import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from msgspec.structs import replace

from openwado.access.subject import ATTRIBUTES
from openwado.archive.index import NotPermitted
from openwado.archive.kept_objects import is_kept, is_wanted, kept_stamp
from openwado.dicom.instance import Description
from openwado.dicom.reader import DEFAULT_LIMITS
from openwado.errors import Unavailable
from openwado.ingest import note_of
from openwado.observe.log import event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from openwado.archive.committer import Committer
    from openwado.archive.incoming import Incoming
    from openwado.archive.index import FileNote, Index, Permission, Policy
    from openwado.archive.store import KeptStore, Store
    from openwado.dicom.instance import Instance
    from openwado.dicom.reader import ReadLimits

    #: Says whether a sender may store an object.
    MayStore = Callable[[Instance, Description], bool]

#: Words that rules look at, and that are the same for a whole study.
_OF_STUDY: Final = tuple(
    name
    for name, attribute in ATTRIBUTES.items()
    if attribute.level == "study" and name in Description.__struct_fields__
)

#: Why an object is refused: it cannot be read as one; it contradicts what came with it; another one has its UID; who
#: sends it may not send such ones.
RefusalCause = Literal["unreadable", "contradictory", "conflict", "not authorized"]

#: What became of an object: it is new; its data set was here already, byte for byte; it took the place of another one.
Outcome = Literal["stored", "same", "replaced"]

_logger = logging.getLogger("openwado.archive")

_COMPARED = 1 << 20  # bytes at a time
_TURNS = 1024


class Refused(Exception):  # noqa: N818 -- a verdict, not a fault
    """An object is not taken in; sending it again does not help.

    Args:
        cause: for statuses.
        reason: one short phrase, without patient data or paths.
        sop_class_uid, sop_instance_uid: of the object, "" where they could not be read.
    """

    def __init__(
        self, cause: RefusalCause, reason: str, *, sop_class_uid: str = "", sop_instance_uid: str = ""
    ) -> None:
        super().__init__(reason)
        self.cause: RefusalCause = cause
        self.reason = reason
        self.sop_class_uid = sop_class_uid
        self.sop_instance_uid = sop_instance_uid


@dataclass(frozen=True, slots=True)
class Expected:
    """What the sender says of an object beside it; "" where it says nothing."""

    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    study_instance_uid: str = ""
    transfer_syntax_uid: str = ""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """An object that is kept, and what became of it; contradicts: its own file meta information, which was let pass."""

    outcome: Outcome
    instance: Instance
    contradicts: bool = False


NOTHING_EXPECTED = Expected()


@dataclass(frozen=True, slots=True)
class AdmissionRules:
    """What is refused.

    Attributes:
        duplicates: whether an object is refused whose SOP Instance UID another one holds with other bytes, or takes its
            place.
        accept_contradictory_meta: whether an object may contradict its file meta information.
    """

    duplicates: Policy = "reject"
    accept_contradictory_meta: bool = False


STANDARD_RULES = AdmissionRules()


class Admission:
    """Takes objects in. Any number of threads may do so at the same time.

    Args:
        index: where objects are looked up.
        committer: writes to it.
        store: where the bytes are of objects that are here already.
        kept: where those are put that come in.
        rules: what is refused.
        limits: how far reading goes.
    """

    def __init__(  # noqa: PLR0913 -- what is looked at, what is written to, and two wishes
        self,
        index: Index,
        committer: Committer,
        store: Store,
        kept: KeptStore,
        *,
        rules: AdmissionRules = STANDARD_RULES,
        limits: ReadLimits = DEFAULT_LIMITS,
    ) -> None:
        self._index = index
        self._committer = committer
        self._store = store
        self._kept = kept
        self._rules = rules
        # Objects with one SOP Instance UID go one after the other, so that a refused one is not put first.
        self._turns = [threading.Lock() for _ in range(_TURNS)]
        self._limits = limits

    def take_in(
        self, incoming: Incoming, expected: Expected = NOTHING_EXPECTED, may_store: MayStore | None = None
    ) -> TakenIn:
        """Take an object in. When this returns, a power cut does not take it away any more.

        Args:
            incoming: its bytes, as a file of PS3.10 or a bare data set; let go of by whoever made it.
            expected: what the sender says of it.
            may_store: whether the sender may store an object, and put it in the place of another; None: any.

        Raises:
            Refused: it will not be taken in, now or later.
            Unavailable: it cannot be at the moment; nothing has changed.
        """
        note = self._read(incoming)
        instance = _checked(note, expected, self._rules)
        with self._turns[hash(instance.sop_instance_uid) % _TURNS]:
            permission = None
            if may_store is not None:
                self._check_allowed(note, instance, may_store)
                permission = _permission(note, may_store)
            outcome = self._keep(incoming, note, instance, permission)
        return TakenIn(outcome, instance, note.reading is not None and bool(note.reading.facts.contradicted))

    def _check_allowed(self, note: FileNote, instance: Instance, may_store: MayStore) -> None:
        """Refuse what the sender may not store: objects of others, their UIDs, and more for their series and studies.

        Who could add to what is not theirs could pass for its owner: rules look at a series by one of its objects.
        """
        if note.reading is None or not (
            may_store(instance, note.reading.description)
            and all(may_store(*one) for one in self._holding(instance))
            and all(may_store(instance, one) for one in self._beside(instance, note.reading.description))
        ):
            raise _not_authorized(instance)

    def _holding(self, instance: Instance) -> Iterator[tuple[Instance, Description]]:
        """Give the object that has a SOP Instance UID already, read again if another version of the program has.

        Raises:
            Unavailable: it cannot be looked at.
        """
        here = self._index.described(instance.sop_instance_uid)
        if here is not None:
            yield here.indexed.instance, here.description
            return
        holder = self._index.holder(instance.sop_instance_uid)
        if holder is None:
            return
        sentence = "The object cannot be read at the moment."
        try:
            with self._store.open(holder) as stored:
                reading = note_of(stored, holder, stored.stamp(), self._limits).reading
        except OSError as error:
            raise Unavailable(sentence, retry_after=5, detail=str(error)) from error
        if reading is None:
            raise Unavailable(sentence, retry_after=5)
        yield reading.instance, reading.description

    def _beside(self, instance: Instance, description: Description) -> Iterator[Description]:
        return _likenesses(description, self._index.beside(instance.study_instance_uid, instance.series_instance_uid))

    def _keep(self, incoming: Incoming, note: FileNote, instance: Instance, permission: Permission | None) -> Outcome:
        """Put an object where it belongs, and tell the index."""
        holder = self._index.holder(instance.sop_instance_uid)
        same = holder is not None and self._is_same(holder, incoming, instance)
        if holder is not None and same and is_kept(holder):
            return "same"
        policy: Policy = "replace" if same else self._rules.duplicates  # what lies in place is not ours: it may go
        if holder is not None and holder != incoming.key and policy == "reject":
            raise _conflict(instance)
        try:
            self._kept.put(incoming)
        except OSError as error:
            raise _no_room(error) from error
        try:
            admitted = self._committer.admit(note, policy, permission)
        except NotPermitted:  # what it would be beside has come since it was looked at
            self._erase(incoming.key)
            raise _not_authorized(instance) from None
        if not self._kept.is_there(incoming.key):  # it was deleted, and its former bytes have been taken away meanwhile
            raise _no_room(OSError(errno.EAGAIN, "the object is being deleted"))
        if admitted.outcome == "conflict":
            raise _conflict(instance)
        if admitted.outcome == "replaced":
            _logger.warning(event("object replaced", former=admitted.former, by=incoming.key))
        if admitted.outcome == "replaced" and is_kept(admitted.former):
            self._erase(admitted.former)
        return admitted.outcome

    def _read(self, incoming: Incoming) -> FileNote:
        key = incoming.key
        try:
            with incoming.reader() as reader:
                return note_of(reader, key, kept_stamp(key), self._limits)
        except OSError as error:
            raise _no_room(error) from error

    def _is_same(self, holder: str, incoming: Incoming, instance: Instance) -> bool:
        """Say whether the object that is here has the data set of the one that comes in, and can be read.

        What stands before the data set says how an object came here, and differs by the way (PS3.10 7.1).
        """
        found = self._index.find(instance.sop_instance_uid)
        known = found.instance if found is not None and found.instance.key == holder else None
        if known is not None and known.transfer_syntax_uid != instance.transfer_syntax_uid:
            return False
        skipped, start = (known.dataset_offset, instance.dataset_offset) if known is not None else (0, 0)
        try:
            with self._store.open(holder) as stored, incoming.reader() as reader:
                if stored.size - skipped != reader.size - start:
                    return False
                return all(
                    stored.read_at(skipped + place, _COMPARED) == reader.read_at(start + place, _COMPARED)
                    for place in range(0, reader.size - start, _COMPARED)
                )
        except OSError:
            return False  # it is put there again then, or is in conflict with what cannot be read

    def _erase(self, key: str) -> None:
        """Take away the bytes of an object that was replaced or refused.

        Should that fail, `verification` does it for one that was replaced; one that was refused it takes for lost by
        the index, so that is told.
        """
        try:
            if self._kept.erase(key, partial(is_wanted, self._index, key)):
                self._index.erased([key])
        except (OSError, Unavailable) as error:
            _logger.warning(event("bytes were not erased", key=key, error=type(error).__name__))


def _checked(note: FileNote, expected: Expected, rules: AdmissionRules) -> Instance:
    """Return the record of an object that may be taken in."""
    if note.reading is None:
        raise Refused("unreadable", note.reason)
    instance = note.reading.instance
    uids = {"sop_class_uid": instance.sop_class_uid, "sop_instance_uid": instance.sop_instance_uid}
    if not note.reading.facts.whole:
        raise Refused("unreadable", "it is cut off: an element ends beyond the last byte", **uids)
    contradicted = note.reading.facts.contradicted
    if contradicted and not rules.accept_contradictory_meta:
        raise Refused("contradictory", f"its data set contradicts the {contradicted} of its file meta", **uids)
    if not instance.sop_class_uid:
        raise Refused("unreadable", "no SOP Class UID", **uids)
    for name, value in (
        ("SOP Class UID", (expected.sop_class_uid, instance.sop_class_uid)),
        ("SOP Instance UID", (expected.sop_instance_uid, instance.sop_instance_uid)),
        ("Study Instance UID", (expected.study_instance_uid, instance.study_instance_uid)),
        ("Transfer Syntax", (expected.transfer_syntax_uid, instance.transfer_syntax_uid)),
    ):
        if value[0] and value[0] != value[1]:
            raise Refused("contradictory", f"its {name} is not the one that was announced", **uids)
    return instance


def _permission(note: FileNote, may_store: MayStore) -> Permission | None:
    """Return who decides once more, in the index's own transaction: others may have stored something meanwhile."""
    if note.reading is None:
        return None
    instance, description = note.reading.instance, note.reading.description

    def permitted(held: tuple[Instance, Description] | None, beside: Sequence[tuple[Description, bool]]) -> bool:
        likenesses = _likenesses(description, beside)
        return (held is None or may_store(*held)) and all(may_store(instance, one) for one in likenesses)

    return permitted


def _likenesses(description: Description, beside: Iterable[tuple[Description, bool]]) -> Iterator[Description]:
    """Give what an object would be if it were like the others: those of its series, and of its study as a whole.

    A series of the same UID in another study counts, too: some ask for a series by its UID alone.
    """
    for other, is_of_series in beside:
        if is_of_series:
            yield other
        else:
            yield replace(description, **{name: getattr(other, name) for name in _OF_STUDY})


def _not_authorized(instance: Instance) -> Refused:
    return Refused(
        "not authorized",
        "who sends it may not store such objects",
        sop_class_uid=instance.sop_class_uid,
        sop_instance_uid=instance.sop_instance_uid,
    )


def _conflict(instance: Instance) -> Refused:
    return Refused(
        "conflict",
        "another object with this SOP Instance UID is stored already, with other bytes",
        sop_class_uid=instance.sop_class_uid,
        sop_instance_uid=instance.sop_instance_uid,
    )


def _no_room(error: OSError) -> Unavailable:
    return Unavailable(
        "The object cannot be stored at the moment. Send it again later.", retry_after=30, detail=str(error)
    )
