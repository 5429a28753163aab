"""`openwado watch`: take in what others put into a folder."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from openwado.cli.audited import journal_for, noting
from openwado.cli.options import config_option, data_option
from openwado.config import load


@click.command()
@click.argument("folders", type=click.Path(exists=True, file_okay=False, path_type=Path), nargs=-1, required=True)
@click.option("--move", is_flag=True, help="Move objects into the archive, instead of indexing them where they lie.")
@click.option("--every", type=click.FloatRange(min=0.1), default=2.0, show_default=True, help="Seconds between looks.")
@data_option
@config_option
def watch(folders: tuple[Path, ...], *, move: bool, every: float, data: str | None, config: Path | None) -> None:
    """Watch folders: objects that appear in them can be retrieved a moment later, also from a running server.

    A file is moved once it has not changed for one look, and taken away when its object is on stable storage. What is
    no object stays where it is, and is named in the log. Stop it with Ctrl-C or SIGTERM.
    """
    from openwado.assemble import assemble, log_style  # noqa: PLC0415 -- heavy, and only needed here
    from openwado.observe.log import configure  # noqa: PLC0415 -- as above
    from openwado.watching import Watching  # noqa: PLC0415 -- as above

    settings = load(config=config, data=data)
    configure(log_style(settings))
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    system = assemble(settings)
    try:
        with journal_for(system) as journal:
            watching = Watching(
                folders,
                "move" if move else "in place",
                system.index,
                system.store,
                system.admission,
                most_bytes=settings.max_object_size << 20,
                on_admitted=noting(journal, folders[0].absolute().as_uri()),
            )
            click.echo(f"Watching {', '.join(map(str, folders))}. Stop it with Ctrl-C.")
            watching.run(every, stopped)
    finally:
        system.index.close()
