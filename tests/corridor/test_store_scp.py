"""C-STORE and C-ECHO with the real command on a real socket; whoever hears of success gets the object by WADO."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydicom import dcmread
from pydicom.uid import UID, generate_uid

from descendants import named_descendants
from dicom_receiver import until
from dicom_sending import (
    C_STORE,
    COMMAND,
    CT,
    EXPLICIT,
    IMPLICIT,
    LAST,
    VERIFICATION,
    RawPeer,
    associated,
    command_set,
    data_set_bytes,
    data_unit,
    dcmtk_sender,
    send_stored,
    storescu,
    uids_of,
)
from openwado.dicom.transfer_syntaxes import NEVER_SENT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dicom_receiver import Receiver

pytestmark = pytest.mark.xdist_group("store_scp")


@pytest.fixture(scope="module")
def receiver(start_receiver: Callable[..., Receiver]) -> Receiver:
    """Return a server that takes objects from everybody."""
    return start_receiver()


@pytest.fixture
def files(samples: Path, tmp_path: Path) -> list[Path]:
    """Return some objects with UIDs of their own: CT slices."""
    sources = [path for path in sorted(samples.rglob("*.dcm")) if str(dcmread(path).SOPClassUID) == CT][:4]
    assert sources
    made = []
    for number in range(8):
        data_set = dcmread(sources[number % len(sources)])
        data_set.SOPInstanceUID = data_set.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        path = tmp_path / f"{number}.dcm"
        data_set.save_as(path)
        made.append(path)
    return made


def as_stored(path: Path) -> Sequence[tuple[str, Sequence[str]]]:
    """Return the one presentation context that a file needs."""
    found = dcmread(path, stop_before_pixels=True)
    return [(str(found.SOPClassUID), [str(found.file_meta.TransferSyntaxUID)])]


def test_echo(receiver: Receiver) -> None:
    """PS3.4 A: Verification by two implementations."""
    command = [dcmtk_sender("echoscu"), "-aec", "OPENWADO", "127.0.0.1", str(receiver.port)]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    with associated(receiver.port, [(VERIFICATION, [IMPLICIT])]) as association:
        assert association.send_c_echo().Status == 0x0000


def test_every_sample_is_served_as_it_was_sent(receiver: Receiver, samples: Path) -> None:
    """PS3.4 B.4.1: whatever SOP Class and transfer syntax; the data set is kept byte for byte, never encoded again."""
    paths = sorted(samples.rglob("*.dcm"))
    for path in paths:
        with associated(receiver.port, as_stored(path)) as association:
            assert send_stored(association, path) == 0x0000
        assert data_set_bytes(receiver.stored(path)) == data_set_bytes(path.read_bytes())
    assert not receiver.incoming()


def test_file_meta_information_is_ours(receiver: Receiver, files: list[Path]) -> None:
    """PS3.10 7.1: the file names this implementation and both application entities."""
    with associated(receiver.port, as_stored(files[0]), calling="MODALITY 1") as association:
        assert send_stored(association, files[0]) == 0x0000
    meta = dcmread(io.BytesIO(receiver.kept(files[0]))).file_meta
    assert str(meta.ImplementationVersionName).startswith("OPENWADO_")
    assert (meta.SendingApplicationEntityTitle, meta.ReceivingApplicationEntityTitle) == ("MODALITY 1", "OPENWADO")
    assert str(meta.MediaStorageSOPInstanceUID) == uids_of(files[0])[2]


def test_dcmtk_sends_over_eight_associations_at_once(receiver: Receiver, files: list[Path]) -> None:
    """PS3.4 B: each of them is a sender of its own; an independent implementation is one of them."""
    dcmtk_sender("storescu")
    with ThreadPoolExecutor(8) as pool:
        for ran in pool.map(lambda path: storescu(receiver.port, path), files):
            assert ran.returncode == 0, ran.stderr
    for path in files:
        assert data_set_bytes(receiver.stored(path)) == data_set_bytes(path.read_bytes())


def test_sending_again_succeeds_and_other_bytes_are_a_duplicate(receiver: Receiver, files: list[Path]) -> None:
    """PS3.7 annex C: the same object again is a success, whoever sends it; another one with its UID is 0111H."""
    for calling in ("FIRST", "SECOND"):
        with associated(receiver.port, as_stored(files[0]), calling=calling) as association:
            assert send_stored(association, files[0]) == 0x0000
    changed = dcmread(files[0])
    changed.PatientID = "ANOTHER"
    changed.save_as(files[1])
    with associated(receiver.port, as_stored(files[1])) as association:
        assert send_stored(association, files[1]) == 0x0111
    assert data_set_bytes(receiver.stored(files[0])) == data_set_bytes(files[0].read_bytes())


def test_private_and_unknown_sop_classes_are_stored(receiver: Receiver, files: list[Path]) -> None:
    """PS3.4 B.5: those of other roots and of later editions are storage; those of other services are not."""
    private, later = "1.2.826.0.1.3680043.99.1", "1.2.840.10008.5.1.4.1.1.9999"
    for path, sop_class in zip(files, (UID(private), UID(later)), strict=False):
        data_set = dcmread(path)
        data_set.SOPClassUID = data_set.file_meta.MediaStorageSOPClassUID = sop_class
        data_set.save_as(path)
        with associated(receiver.port, as_stored(path)) as association:
            assert send_stored(association, path) == 0x0000
        assert data_set_bytes(receiver.stored(path)) == data_set_bytes(path.read_bytes())


def test_presentation_contexts(receiver: Receiver) -> None:
    """PS3.8 9.3.3.2: the first transfer syntax that is known; no other service, no unknown transfer syntax, no JPIP."""
    jpip, find, directory = "1.2.840.10008.1.2.4.94", "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.1.3.10"
    contexts = [
        (CT, ["1.2.3.4.5", "1.2.840.10008.1.2.4.90", EXPLICIT]),
        (CT, [IMPLICIT, EXPLICIT]),
        (CT, [jpip]),
        (CT, ["1.2.3.4.5"]),
        (find, [IMPLICIT]),
        (directory, [IMPLICIT]),
    ]
    with associated(receiver.port, contexts) as association:
        accepted = {context.context_id: str(context.transfer_syntax[0]) for context in association.accepted_contexts}
        assert accepted == {1: "1.2.840.10008.1.2.4.90", 3: IMPLICIT}
        results = {context.context_id: context.result for context in association.rejected_contexts}
        assert results == {5: 4, 7: 4, 9: 3, 11: 3}


def test_command_that_contradicts_its_data_set(receiver: Receiver, files: list[Path]) -> None:
    """PS3.4 B.2.3: A900H where the data set is another object than was announced."""
    data = data_set_bytes(files[0].read_bytes())
    with RawPeer(receiver.port, established=True) as peer:
        peer.send(data_unit(command_set(C_STORE, uid="1.2.3.4"), COMMAND | LAST))
        for start in range(0, len(data), 60000):
            peer.send(data_unit(data[start : start + 60000], LAST if start + 60000 >= len(data) else 0))
        assert peer.status() == 0xA900
    assert not receiver.incoming()


@pytest.mark.parametrize("data", [b"", b"no data set at all" * 20, b"\x08\x00\x16\x00UI\xff\xff"])
def test_what_is_no_object(receiver: Receiver, data: bytes) -> None:
    """PS3.4 B.2.3: C000H where the data set cannot be understood."""
    with RawPeer(receiver.port, established=True) as peer:
        peer.send(data_unit(command_set(C_STORE), COMMAND | LAST) + data_unit(data, LAST))
        assert peer.status() == 0xC000
    assert not receiver.incoming()


def test_killed_process_keeps_what_it_acknowledged(start_receiver: Callable[..., Receiver], files: list[Path]) -> None:
    """PS3.4 B.2.3: success is for good, also where the process is killed at once; nothing partial is served."""
    receiver = start_receiver()
    with associated(receiver.port, as_stored(files[0])) as association:
        assert send_stored(association, files[0]) == 0x0000
        with RawPeer(receiver.port, established=True) as peer:
            uid = uids_of(files[1])[2]
            peer.send(data_unit(command_set(C_STORE, uid=uid), COMMAND | LAST))
            peer.send(data_unit(data_set_bytes(files[1].read_bytes())[:50000], 0))
            until(receiver.incoming)
            killed = receiver.process()
            os.kill(killed, signal.SIGKILL)
            assert peer.unit()[0] == 0
        association.abort()
    until(lambda: [pid for pid in named_descendants(receiver.server.process.pid, "openwado-dicom") if pid != killed])
    assert data_set_bytes(receiver.stored(files[0])) == data_set_bytes(files[0].read_bytes())
    assert receiver.server.wado(uids_of(files[1])).status_code == 404
    assert "process replaced what=dicom status=-9" in receiver.log()
    with associated(receiver.port, as_stored(files[1])) as association:
        assert send_stored(association, files[1]) == 0x0000


def test_stopping_lets_an_object_finish(start_receiver: Callable[..., Receiver], files: list[Path]) -> None:
    """PS3.8 7.3: an idle association is aborted when the server stops, one with an object on its way after that."""
    receiver = start_receiver()
    data, uid = data_set_bytes(files[0].read_bytes()), uids_of(files[0])[2]
    with RawPeer(receiver.port, established=True) as idle, RawPeer(receiver.port, established=True) as busy:
        busy.send(data_unit(command_set(C_STORE, uid=uid), COMMAND | LAST) + data_unit(data[:1000], 0))
        until(receiver.incoming)
        receiver.server.process.send_signal(signal.SIGTERM)
        assert idle.unit()[0] == 7
        for start in range(1000, len(data), 60000):
            busy.send(data_unit(data[start : start + 60000], LAST if start + 60000 >= len(data) else 0))
        assert busy.status() == 0x0000
        assert busy.unit()[0] == 7
    assert receiver.server.process.wait(60) == 0
    assert not receiver.incoming()
    command = [sys.executable, "-m", "openwado", "verify", "--data", str(receiver.data)]
    assert subprocess.run(command, capture_output=True, timeout=120, check=False).returncode == 0


def test_command_that_is_killed_takes_the_process_with_it(start_receiver: Callable[..., Receiver]) -> None:
    """No process outlives the command, however it ended."""
    receiver = start_receiver()
    process = receiver.process()
    receiver.server.process.kill()
    receiver.server.process.wait(30)
    until(lambda: not Path(f"/proc/{process}").exists() or " Z " in Path(f"/proc/{process}/stat").read_text())


def given_objects(corpus: Path) -> dict[tuple[str, str], list[Path]]:
    """Return the files that name a SOP Class and a transfer syntax, by these."""
    of_context: dict[tuple[str, str], list[Path]] = {}
    for path in sorted(corpus.rglob("*")):
        if not path.is_file() or path.read_bytes()[128:132] != b"DICM":
            continue
        try:
            found = dcmread(path, specific_tags=["SOPClassUID", "SOPInstanceUID"], stop_before_pixels=True)
            sop_class, syntax = str(found.SOPClassUID), str(found.file_meta.TransferSyntaxUID)
        except (AttributeError, ValueError, TypeError, OSError):
            continue
        if 0 < len(sop_class) <= 64:
            of_context.setdefault((sop_class, syntax), []).append(path)
    return of_context


def sent_of(receiver: Receiver, sop_class: str, syntax: str, paths: list[Path]) -> list[Path]:
    """Send files; return those that were stored.

    pynetdicom drops an answer now and then on a busy machine ("unexpected C-STORE service message"), and gives the
    association up for want of it: then the rest goes over another one.
    """
    stored, rest = [], list(paths)
    for _ in range(4):
        with associated(receiver.port, [(sop_class, [syntax])]) as association:
            while rest and association.accepted_contexts and association.is_established:
                path = rest[0]
                try:
                    status = send_stored(association, path)
                except (ValueError, AttributeError, KeyError):
                    if association.is_established:
                        rest.pop(0)  # pynetdicom itself does not send it
                    continue
                rest.pop(0)
                assert status in {0x0000, 0x0111, 0xA900, 0xC000, 0x0117}, path
                if status == 0x0000:
                    stored.append(path)
            if not rest or not association.accepted_contexts:
                return stored
    raise AssertionError(f"{len(rest)} objects were not answered")


@pytest.mark.corpus
@pytest.mark.filterwarnings("ignore")  # pydicom has something to say about many of them
def test_given_objects_are_served_as_they_were_sent(start_receiver: Callable[..., Receiver], corpus: Path) -> None:
    """PS3.4 B.4.1: objects of every transfer syntax of the corpus, byte for byte; what is refused gets a status."""
    receiver = start_receiver(OPENWADO_ACCEPT_CONTRADICTORY_META="true")
    of_context = given_objects(corpus)
    syntax_of = {
        path: syntax
        for (sop_class, syntax), paths in of_context.items()
        for path in sent_of(receiver, sop_class, syntax, paths)
    }
    kept_data_sets: dict[int, set[bytes]] = {}
    for kept in (receiver.data / "archive" / "objects").rglob("*.dcm"):
        data = data_set_bytes(kept.read_bytes())
        kept_data_sets.setdefault(len(data), set()).add(data)
    for path, syntax in syntax_of.items():  # where a file's group length lies, its data set starts before that
        given = path.read_bytes()
        assert any(given[-length:] in data_sets for length, data_sets in kept_data_sets.items()), path
        answer = receiver.server.wado(uids_of(path), contentType="application/dicom", transferSyntax="*")
        assert answer.status_code == 200, path
        if syntax not in NEVER_SENT:
            assert given.endswith(data_set_bytes(answer.content)), path
    sent, kinds, seen = len(syntax_of), set(syntax_of.values()), {syntax for _, syntax in of_context}
    print(f"{sent} objects in {len(kinds)} transfer syntaxes; none in {sorted(seen - kinds)}")
    assert len(kinds) >= 17
    assert not receiver.incoming()
    assert "Traceback" not in receiver.log()
