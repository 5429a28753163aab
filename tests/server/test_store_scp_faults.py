"""C-STORE where the fault is ours: the status says so, nothing is left, and no words of the system's leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from openwado.errors import Unavailable
from openwado.server.dicom_command import Command, Verdict
from openwado.server.store_scp import StoreScp

if TYPE_CHECKING:
    from pathlib import Path

    from openwado.admission import Admission

CT = "1.2.840.10008.5.1.4.1.1.2"
ANNOUNCED = Command(0x0001, 1, CT, "1.2.3", has_data_set=True)


class FailingAdmission:
    """Takes nothing in."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def take_in(self, *_: object) -> None:
        """Fail."""
        raise self._error


def received(folder: Path, error: Exception) -> Verdict:
    """Return what becomes of an object where taking it in fails."""
    scp = StoreScp(cast("Admission", FailingAdmission(error)), folder, "OPENWADO", 1000)
    reception = scp.begin(ANNOUNCED, CT, "1.2.840.10008.1.2.1", "TESTER")
    reception.write(memoryview(b"data"))
    return reception.finish()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Unavailable("Later.", detail="/secret/path is full"), 0xA700),
        (RuntimeError("/secret/path"), 0x0110),
    ],
)
def test_failures_of_ours(tmp_path: Path, error: Exception, status: int) -> None:
    """PS3.4 B.2.3, PS3.7 annex C: A700H where it may go well later, 0110H where something unforeseen happened."""
    verdict = received(tmp_path / "incoming", error)
    assert verdict.status == status
    assert "secret" not in verdict.comment
    assert not list((tmp_path / "incoming").iterdir())


def test_no_room_for_what_comes(tmp_path: Path) -> None:
    """PS3.4 B.2.3: A700H where the object cannot even be gathered."""
    (tmp_path / "taken").write_bytes(b"")
    verdict = received(tmp_path / "taken" / "incoming", RuntimeError("never reached"))
    assert (verdict.status, verdict.comment) == (0xA700, "Cannot be stored at the moment; send it again later")
