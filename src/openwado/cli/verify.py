"""`openwado verify`: read everything that the archive keeps, and compare it with the index."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from openwado.cli.options import config_option, data_option
from openwado.cli.progress import progress_bar
from openwado.config import load

if TYPE_CHECKING:
    from pathlib import Path

    from openwado.verification import Finding, Report

#: What each state means for an administrator.
_MEANINGS: Final = {
    "missing": "the bytes are not in the store; send the object again",
    "damaged": "the bytes are not those that were stored; send the object again",
    "unknown": "in the store, and not in the index",
    "deleted": "deleted, and the bytes are still in the store",
    "outdated": "indexed by another version of openwado",
}


@click.command()
@click.option("--repair", is_flag=True, help="Mend what can be mended.")
@data_option
@config_option
def verify(*, repair: bool, data: str | None, config: Path | None) -> None:
    """Read every object that the archive keeps, compare it with its digest, and the index with the store, both ways.

    Says what is wrong, one line each. Exit status 0: all is well, or was mended; 1: something is left to be done.
    """
    from openwado.assemble import assemble  # noqa: PLC0415 -- heavy, and only needed here
    from openwado.verification import Verification  # noqa: PLC0415 -- as above

    system = assemble(load(config=config, data=data))
    verification = Verification(system.index, system.store, repairs=repair)
    try:
        with progress_bar("Verifying", "objects") as advance:
            for finding in verification.run(lambda done: advance(done, None)):
                click.echo(_line(finding))
    except OSError as error:
        raise click.ClickException(f"The store cannot be read: {error.strerror or error}.") from error
    finally:
        system.index.close()
    for line in report_lines(verification.report):
        click.echo(line)
    if not verification.report.is_sound:
        if not repair:
            click.echo("`openwado verify --repair` mends what can be mended.")
        sys.exit(1)


def _line(finding: Finding) -> str:
    uid = f" ({finding.sop_instance_uid})" if finding.sop_instance_uid else ""
    mended = f" -> {finding.repair}" if finding.repair else ""
    return f"  {finding.key}{uid}: {_MEANINGS[finding.state]}{mended}"


def report_lines(report: Report) -> list[str]:
    """Return what a run came to, as lines for people."""
    wrong = ", ".join(f"{count} {state}" for state, count in report.counts.most_common() if state != "sound")
    sound = f"{report.counts['sound']} sound{f', {wrong}' if wrong else ''}"
    lines = [f"{report.counts.total()} objects, {report.bytes / 1e6:,.1f} MB read: {sound}."]
    if report.mended:
        lines.append(f"{report.mended} mended.")
    if report.left_behind:
        lines.append(f"{report.left_behind} files of transfers that were cut off long ago taken away.")
    return lines
