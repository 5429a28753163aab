"""`openwado import`: copy objects into the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from openwado.cli.audited import journal_for, noting
from openwado.cli.index import left_out_lines, printable
from openwado.cli.options import EXISTING, config_option, data_option
from openwado.cli.progress import progress_bar
from openwado.config import load

if TYPE_CHECKING:
    from pathlib import Path

    from openwado.tally import Progress, Summary


@click.command("import")
@click.argument("paths", type=EXISTING, nargs=-1, required=True)
@data_option
@config_option
def import_objects(paths: tuple[Path, ...], data: str | None, config: Path | None) -> None:
    """Copy objects from files, folders, ZIP archives and a DICOMDIR into the archive.

    An object counts as imported when it is on stable storage. A run that was interrupted goes on where it ended. The
    files themselves are not changed, and not needed any more afterwards.
    """
    from openwado.assemble import assemble  # noqa: PLC0415 -- heavy, and only needed here
    from openwado.importing import Importing  # noqa: PLC0415 -- as above

    system = assemble(load(config=config, data=data))
    try:
        with progress_bar("Importing", "objects") as advance:

            def show(progress: Progress) -> None:
                advance(progress.done, progress.total)

            with journal_for(system) as journal:
                if journal is not None:
                    journal.check()
                importing = Importing(
                    system.admission,
                    system.index,
                    system.store.kept.incoming,
                    most_bytes=system.settings.max_object_size << 20,
                    on_progress=show,
                    on_admitted=noting(journal, paths[0].absolute().as_uri()),
                )
                summary = importing.run(paths)
        for line in import_lines(summary):
            click.echo(line)
        click.echo(f"{system.index.count()} objects in the index.")
    finally:
        system.index.close()


def import_lines(summary: Summary) -> list[str]:
    """Return what a run came to, as lines for people."""
    counts = f"{summary.indexed} imported, {summary.updated} replaced, {summary.number_of_duplicates} there already"
    rate = f", {summary.seen / summary.seconds:,.0f}/s" if summary.seconds > 0 else ""
    counts += f", {summary.unchanged} imported by earlier runs"
    lines = [f"{summary.seen} objects in {summary.seconds:.1f} s{rate}: {counts}."]
    lines += [f"      {printable(key)}" for key, _ in summary.duplicates[:3]]
    return lines + left_out_lines(summary)
