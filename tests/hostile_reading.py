"""What hostile objects might do to the processes that read them; these processes import it from here."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from openwado.archive.file_store import FileStore, StoredFile


class HostileFile(StoredFile):
    """Does what the file's name says before its first byte is read."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY)
        super().__init__(descriptor, os.fstat(descriptor).st_size)
        self._path = path

    def read_at(self, offset: int, length: int) -> bytes:
        """Read; or end the process, wait, or ask for memory."""
        name = self._path.name
        if "kills" in name:
            os.kill(os.getpid(), signal.SIGKILL)
        if "once" in name and not self._was_tried():
            os._exit(3)
        if "waits" in name:
            time.sleep(600)
        if "swallows" in name:
            bytearray(1 << 40)
        return super().read_at(offset, length)

    def _was_tried(self) -> bool:
        trace = self._path.parent / f".{self._path.name}"
        tried = trace.exists()
        trace.touch()
        return tried


class HostileStore(FileStore):
    """A store of such files, and of some that vanish before they are opened."""

    def open(self, key: str) -> StoredFile:
        """Open a file."""
        if "vanishes" in Path(key).name:
            Path(key).unlink()
            return super().open(key)
        return HostileFile(Path(key))


class LaterHostileStore(FileStore):
    """A store of files that are harmless when they are opened for the first time, and hostile afterwards."""

    def open(self, key: str) -> StoredFile:
        """Open a file."""
        path = Path(key)
        trace = path.parent / f".{path.name}.opened"
        if trace.exists():
            return HostileFile(path)
        trace.touch()
        return super().open(key)


def do_as_told(folder: Path, name: str) -> bytes:
    """Do what a name says, and answer with it."""
    action, _, rest = name.partition(" ")
    if action == "end":
        os._exit(1)
    if action == "end-once" and not (folder / rest).exists():
        (folder / rest).touch()
        os.kill(os.getpid(), signal.SIGSEGV)
    if action == "sleep":
        time.sleep(float(rest))
    if action == "memory":
        try:
            bytearray(int(rest))
        except MemoryError:
            return b"no memory"
    if action == "large":
        return bytes(int(rest))
    return f"{os.getpid()}".encode() if action == "pid" else name.encode()
