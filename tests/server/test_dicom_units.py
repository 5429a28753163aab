"""Commands, responses and presentation contexts of the DICOM way in, byte by byte."""

from __future__ import annotations

import struct

import pytest

from dicom_sending import CT, request_unit
from openwado.server.dicom_command import Command, Status, Verdict, read_command, response
from openwado.server.dicom_negotiation import read_request
from openwado.server.dicom_peers import Peer, Peers, fault_of_ae_title
from openwado.server.dicom_syntaxes import TRANSFER_SYNTAXES, is_storage
from openwado.server.dicom_wire import BrokenProtocol, command_units, fragments

ECHO = Command(0x0030, 9, "1.2.840.10008.1.1", "", has_data_set=False)


def test_response_that_a_peer_takes_only_in_small_units() -> None:
    """PS3.8 D.1: no unit is longer than the peer said; the last fragment, and only that one, is marked (E.2)."""
    command = response(ECHO, Verdict(Status.SUCCESS))
    for maximum in (0, 7, 30, 4096):
        sent, place, parts = command_units(5, command, maximum), 0, []
        while place < len(sent):
            kind, length = struct.unpack_from(">BxL", sent, place)
            assert kind == 4
            assert not maximum or length <= maximum
            parts += list(fragments(memoryview(sent)[place + 6 : place + 6 + length]))
            place += 6 + length
        assert b"".join(fragment for _, _, fragment in parts) == command
        assert [control for _, control, _ in parts] == [1] * (len(parts) - 1) + [3]
        assert {context for context, _, _ in parts} == {5}


def test_response_elements() -> None:
    """PS3.7 9.3.1.2: group length, elements in order and of even length, Error Comment of at most 64 characters."""
    request = Command(0x0001, 77, "1.2.840.10008.5.1.4.1.1.2", "1.2.3", has_data_set=True)
    encoded = response(request, Verdict(Status.DUPLICATE_SOP_INSTANCE, "long " * 20, (0x00080018,)))
    found, place = {}, 0
    while place < len(encoded):
        group, element, length = struct.unpack_from("<HHL", encoded, place)
        assert group == 0
        assert length % 2 == 0
        found[element] = encoded[place + 8 : place + 8 + length]
        place += 8 + length
    assert list(found) == sorted(found)
    assert struct.unpack("<L", found[0x0000])[0] == len(encoded) - 12
    assert (found[0x0100], found[0x0120], found[0x0900]) == (b"\x01\x80", b"\x4d\0", b"\x11\x01")
    assert found[0x0901] == b"\x08\x00\x18\x00"
    assert len(found[0x0902]) <= 64
    assert found[0x1000] == b"1.2.3\0"


def test_uids_that_are_none_are_not_repeated() -> None:
    """PS3.5 9.1: what a command has in the place of a UID does not come back, nor does it get into a file's name."""
    encoded = response(Command(0x0001, 1, "../../x", "1 2", has_data_set=True), Verdict(Status.INVALID_SOP_INSTANCE))
    assert b"../" not in encoded
    assert b"1 2" not in encoded


@pytest.mark.parametrize(
    "encoded", [b"", b"\0" * 7, struct.pack("<HHL", 0, 0x100, 0xFFFFFFFF), b"\x08\0\x18\0\0\0\0\0"]
)
def test_what_is_no_command(encoded: bytes) -> None:
    """PS3.7 6.3: elements of group 0000 with lengths that can be, Command Field and Data Set Type among them."""
    with pytest.raises(BrokenProtocol):
        read_command(encoded)


@pytest.mark.parametrize(
    ("sop_class", "stored"),
    [
        ("1.2.840.10008.5.1.4.1.1.2", True),  # CT Image Storage
        ("1.2.840.10008.5.1.4.1.1.481.5", True),  # RT Plan Storage
        ("1.2.840.10008.5.1.4.38.1", True),  # Hanging Protocol Storage
        ("1.2.840.10008.5.1.1.29", True),  # Hardcopy Grayscale Image Storage, retired
        ("1.2.840.10008.5.1.4.1.1.9999", True),  # of an edition to come
        ("1.2.840.113619.4.2", True),  # private
        ("1.2.840.10008.5.1.4.31", False),  # Modality Worklist
        ("1.2.840.10008.1.20.1", False),  # Storage Commitment
        ("1.2.840.10008.1.3.10", False),  # Media Storage Directory
        ("1.2.840.10008.5.1.1.1", False),  # Basic Film Session
        ("1.2.840.10008.1.2.1", False),  # a transfer syntax
    ],
)
def test_what_is_storage(sop_class: str, *, stored: bool) -> None:
    """PS3.4 B.5: SOP Classes of storage, private and unknown ones; no others that the standard knows."""
    assert is_storage(sop_class) is stored


def test_transfer_syntaxes() -> None:
    """PS3.5 annex A: all that can be sent on; none whose pixel data are elsewhere (JPIP)."""
    assert {"1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"} <= TRANSFER_SYNTAXES
    assert not TRANSFER_SYNTAXES & {"1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.204"}


def test_peers_by_title_and_address() -> None:
    """A table allows whoever has all that it names; addresses of IPv4 are the same within IPv6."""
    peers = Peers([Peer(ae_title="CT"), Peer(address="192.0.2.0/24"), Peer(ae_title="MR", address="2001:db8::7")])
    assert peers.may_send(" CT ", "203.0.113.5")
    assert peers.may_send("ANY", "::ffff:192.0.2.9")
    assert peers.may_send("MR", "2001:db8::7%eth0")
    assert not peers.may_send("MR", "2001:db8::8")
    assert not peers.may_send("ct", "203.0.113.5")
    assert Peers([]).may_send("ANY", "203.0.113.5")


@pytest.mark.parametrize("title", ["", " ", "SEVENTEEN LETTERS", "A\\B", "Ä", "A\n"])
def test_what_is_no_ae_title(title: str) -> None:
    """PS3.5 6.2: 1 to 16 characters of the default repertoire, without backslash and control characters."""
    assert "is no AE title" in fault_of_ae_title(title)
    assert fault_of_ae_title(" CT ") == ""


def test_a_presentation_context_needs_an_abstract_syntax() -> None:
    """PS3.8 9.3.2.2: one without it makes the request none; pynetdicom reads it all the same."""
    unit = request_unit()
    abstract = b"\x30\x00\x00\x19" + CT.encode()
    assert read_request(memoryview(unit[6:])).calling == "RAW"
    with pytest.raises(BrokenProtocol):
        read_request(memoryview(unit[6:].replace(abstract, b"\x40" + abstract[1:])))
