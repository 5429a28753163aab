"""`openwado index`: read files and folders into the index, in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from openwado.cli.options import EXISTING, config_option, data_option
from openwado.cli.output import goes_to_journal
from openwado.cli.progress import progress_bar
from openwado.config import load

if TYPE_CHECKING:
    from pathlib import Path

    from openwado.assemble import System
    from openwado.tally import Progress, Summary

DUPLICATE = "the SOP Instance UID is another file's already"


@click.command()
@click.argument("paths", type=EXISTING, nargs=-1, required=True)
@data_option
@config_option
def index(paths: tuple[Path, ...], data: str | None, config: Path | None) -> None:
    """Index files and folders in place, without serving.

    Nothing is copied or changed. A later run looks only at what is new, changed or gone.
    """
    from openwado.assemble import assemble  # noqa: PLC0415 -- heavy, and only needed here

    system = assemble(load(config=config, data=data))
    try:
        index_and_report(system, paths)
        click.echo(f"{system.index.count()} objects in the index.")
    finally:
        system.index.close()


def index_and_report(system: System, paths: tuple[Path, ...]) -> Summary:
    """Index paths with a progress bar, and print what came of it.

    Raises:
        click.ClickException: the index cannot be written.
    """
    from openwado.errors import Unavailable  # noqa: PLC0415 -- heavy, and only needed here
    from openwado.ingest import index_paths  # noqa: PLC0415 -- as above

    with progress_bar("Indexing", "files") as advance:

        def show(progress: Progress) -> None:
            advance(progress.done, progress.total)

        try:
            summary = index_paths(
                paths, system.index, system.store, processes=system.settings.index_processes, on_progress=show
            )
        except Unavailable as error:
            raise click.ClickException(f"{error.public} {error.detail}".strip()) from error
    for line in summary_lines(summary):
        click.echo(line)
    left_out = system.index.left_out() if summary.unchanged else []
    if left_out:
        reasons = "; ".join(f"{count} {reason or DUPLICATE}" for reason, count in left_out)
        click.echo(f"  Left out in all, those of earlier runs included: {reasons}.")
    return summary


def summary_lines(summary: Summary) -> list[str]:
    """Return what a run came to, as lines for people: what was indexed, and what was left out and why."""
    rate = f", {summary.indexed / summary.seconds:,.0f} objects/s" if summary.indexed and summary.seconds > 0 else ""
    read = f"{summary.indexed} new{rate}, {summary.updated} changed, {summary.unchanged} unchanged, {summary.gone} gone"
    lines = [f"Looked at {_files(summary.seen)} in {summary.seconds:.1f} s: {read}."]
    if summary.number_of_duplicates:
        lines.append(f"  {_files(summary.number_of_duplicates)} left out: {DUPLICATE}")
        if not goes_to_journal():
            lines += [f"      {printable(key)}" for key, _ in summary.duplicates[:3]]
    return lines + left_out_lines(summary)


def left_out_lines(summary: Summary) -> list[str]:
    """Return which files were left out and why, as lines for people."""
    lines = []
    for skipped in summary.skipped:
        lines.append(f"  {_files(skipped.count)} left out: {skipped.reason}")
        if not goes_to_journal():
            lines += [f"      {printable(key)}" for key in skipped.examples]
    return lines


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def printable(key: str) -> str:
    """Return a file's name so that no name can write to the terminal what it likes."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in key)
