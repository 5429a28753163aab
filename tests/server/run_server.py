"""Runs a server of these tests: `run_server.py PORT WORKERS GRACE FACTORY`; prints its address once it answers."""

from __future__ import annotations

import sys

from openwado.observe.log import LogStyle
from openwado.server.http_process import ServeOptions
from openwado.server.http_processes import CannotStart, serve
from openwado.server.listening import CannotListen


def main() -> None:
    """Serve until a signal comes."""
    port, workers, grace = map(int, sys.argv[1:4])
    options = ServeOptions(
        port=port, workers=workers, shutdown_grace=grace, log=LogStyle("debug"), factory=f"server_doubles:{sys.argv[4]}"
    )
    try:
        serve(options, started=lambda host, taken: print(f"http://{host}:{taken}", flush=True))
    except (CannotListen, CannotStart) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
