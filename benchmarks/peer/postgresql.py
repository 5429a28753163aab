"""A PostgreSQL server for a benchmark: in a temporary folder, on a socket there, every commit synced."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

#: Where Debian puts Orthanc's plugin for an index in PostgreSQL; another place in the environment.
ORTHANC_PLUGIN = os.environ.get("ORTHANC_POSTGRESQL", "/usr/share/orthanc/plugins/libOrthancPostgreSQLIndex.so")

_PORT = 15442
_ACCOUNT = "postgres"  # it refuses to be root


class PostgresqlServer:
    """Runs as long as the `with` lasts."""

    def __init__(self) -> None:
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        if not programs:
            raise SystemExit("PostgreSQL is not installed.")
        self._programs = programs[-1]
        self._made = 0
        self._folder = Path()

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="openwado-pg-", dir="/tmp"))
        if os.geteuid() == 0:
            shutil.chown(self._folder, _ACCOUNT)
        data = str(self._folder / "data")
        self._run("initdb", "--pgdata", data, "--username", "owner", "--auth", "trust", "--encoding", "UTF8")
        settings = f"listen_addresses = ''\nport = {_PORT}\nunix_socket_directories = '{self._folder}'\n"
        Path(data, "postgresql.auto.conf").write_text(settings, encoding="utf-8")
        self._run("pg_ctl", "start", "--wait", "--pgdata", data, "--log", str(self._folder / "log"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._run("pg_ctl", "stop", "--wait", "--mode", "fast", "--pgdata", str(self._folder / "data"))
        shutil.rmtree(self._folder)

    def new_database(self) -> str:
        """Make an empty database; return its name."""
        self._made += 1
        name = f"benchmark_{self._made}"
        self._run("createdb", "--host", str(self._folder), "--port", str(_PORT), "--username", "owner", name)
        return name

    def address(self, name: str) -> str:
        """Return the address of a database."""
        return f"postgresql://owner@/{name}?host={self._folder}&port={_PORT}"

    def orthanc(self, name: str) -> dict[str, object]:
        """Return what Orthanc's settings say of a database."""
        return {
            "EnableIndex": True,
            "EnableStorage": False,
            "Host": str(self._folder),
            "Port": _PORT,
            "Database": name,
            "Username": "owner",
            "Password": "",
            "Lock": False,
        }

    def _run(self, program: str, *arguments: str) -> None:
        as_whom = ["runuser", "-u", _ACCOUNT, "--"] if os.geteuid() == 0 else []
        with tempfile.TemporaryFile() as printed:  # no pipe: the server would keep it open
            subprocess.run(
                [*as_whom, str(self._programs / program), *arguments],
                stdout=printed,
                stderr=printed,
                cwd=self._folder,
                check=True,
            )
