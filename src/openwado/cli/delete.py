"""`openwado delete`: take objects out of the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from openwado.cli.audited import journal_for, this_agent
from openwado.cli.options import config_option, data_option
from openwado.config import load

if TYPE_CHECKING:
    from pathlib import Path

    from openwado.assemble import System
    from openwado.deletion import Deleted


@click.command()
@click.option("--study", "studies", multiple=True, metavar="UID", help="All objects of a study.")
@click.option("--series", "series", multiple=True, metavar="STUDY/SERIES", help="All objects of a series.")
@click.option("--object", "objects", multiple=True, metavar="UID", help="One object, by its SOP Instance UID.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
@config_option
def delete(  # noqa: PLR0913 -- one argument an option
    studies: tuple[str, ...],
    series: tuple[str, ...],
    objects: tuple[str, ...],
    *,
    yes: bool,
    data: str | None,
    config: Path | None,
) -> None:
    """Delete objects: requests for them are answered 410 Gone from now on.

    The bytes of objects that the archive keeps are taken away. Files that were indexed in place stay where they are.
    Each option may be given several times.
    """
    from openwado.assemble import assemble  # noqa: PLC0415 -- heavy, and only needed here

    if not (studies or series or objects):
        raise click.UsageError("Say what to delete: --study, --series or --object.")
    pairs = [tuple(pair.split("/", 1)) for pair in series]
    if any(len(pair) != 2 for pair in pairs):  # noqa: PLR2004 -- study and series
        raise click.UsageError("A series is given as STUDY/SERIES: the UIDs of both, with a slash between.")
    system = assemble(load(config=config, data=data))
    try:
        uids = dict.fromkeys(uid for uid in objects if (found := system.index.find(uid)) and not found.gone)
        for study in studies:
            uids.update(dict.fromkeys(system.index.uids_of(study)))
        for study, one in pairs:
            uids.update(dict.fromkeys(system.index.uids_of(study, one)))
        if not uids:
            raise click.ClickException("There is no such object.")
        if not yes:
            click.confirm(f"Delete {_objects(len(uids))} for good?", abort=True)
        deleted = _delete(system, list(uids))
    finally:
        system.index.close()
    click.echo(f"{_objects(deleted.objects)} deleted, the bytes of {deleted.erased} taken away.")
    if deleted.left:
        click.echo(f"The bytes of {deleted.left} could not be taken away as yet: `openwado verify --repair` does it.")


def _delete(system: System, uids: list[str]) -> Deleted:
    """Delete objects, and note it for the audit trail."""
    from openwado.deletion import delete_and_note, delete_objects  # noqa: PLC0415 -- heavy, and only needed here

    with journal_for(system) as journal:
        if journal is None:
            return delete_objects(system.index, system.store.kept, uids)
        journal.check()
        return delete_and_note(system.index, system.store.kept, this_agent(), uids, journal.note)


def _objects(count: int) -> str:
    return "1 object" if count == 1 else f"{count} objects"
