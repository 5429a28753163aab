"""A running server that takes objects by C-STORE, and how tests look into it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom import dcmread

from descendants import named_descendants
from dicom_sending import IMPLICIT, VERIFICATION, associated, data_set_bytes, uids_of
from openwado.dicom.transfer_syntaxes import NEVER_SENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from serving import RunningServer

ECHO = [(VERIFICATION, [IMPLICIT])]


@dataclass(frozen=True)
class Receiver:
    """A server that takes objects.

    Attributes:
        server: the command.
        port: where it takes them.
        data: its folder.
    """

    server: RunningServer
    port: int
    data: Path

    def incoming(self) -> list[Path]:
        """Return what is in the folder of objects on their way."""
        return list((self.data / "archive" / "incoming").glob("*"))

    def log(self) -> str:
        """Return what it has logged."""
        return self.server.log.read_text()

    def until_logged(self, text: str) -> None:
        """Wait until a line is in the log."""
        until(lambda: text in self.log())

    def is_well(self) -> bool:
        """Return whether it answers, and has nothing on its way and no threads but one when everybody is gone."""
        with associated(self.port, ECHO) as association:
            assert association.send_c_echo().Status == 0
        until(lambda: self.threads() == 1 and not self.incoming())
        return "Traceback" not in self.log()

    def threads(self) -> int:
        """Return how many threads of associations, and the main one, the DICOM process has."""
        return sum(1 for _ in Path(f"/proc/{self.process()}/task").iterdir())

    def process(self) -> int:
        """Return the id of the DICOM process."""
        return named_descendants(self.server.process.pid, "openwado-dicom")[0]

    def stored(self, path: Path) -> bytes:
        """Return an object as it is stored, asked for by WADO; from the store where WADO never sends it as it is."""
        answer = self.server.wado(uids_of(path), contentType="application/dicom", transferSyntax="*")
        assert answer.status_code == 200, answer.text
        if str(dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID) in NEVER_SENT:
            return self.kept(path)
        return answer.content

    def kept(self, path: Path) -> bytes:
        """Return the file of an object in the store."""
        wanted = path.read_bytes()
        files = (kept.read_bytes() for kept in (self.data / "archive" / "objects").rglob("*.dcm"))
        return next(file for file in files if wanted.endswith(data_set_bytes(file)))


def until(holds: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something holds; fail if it does not."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it does not come to that"
        time.sleep(0.02)
