"""`openwado audit`: see whether the audit trail is whole, and whether it has been sent."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from openwado.cli.audited import journal_for, this_agent
from openwado.cli.options import config_option, data_option
from openwado.config import load

if TYPE_CHECKING:
    from pathlib import Path

    from openwado.observe.audit_chain import Verified
    from openwado.observe.audit_options import AuditOptions

#: Faults that are printed.
_SHOWN = 20


@click.command()
@data_option
@config_option
def audit(data: str | None, config: Path | None) -> None:
    """Check the audit trail: that no line was changed, taken out or cut off, and what is still to be sent.

    It ends with status 1 where something is wrong. Compare the last digest with one that was noted before: a trail that
    was written anew without the key of the chain cannot be told otherwise.
    """
    from openwado.assemble import assemble  # noqa: PLC0415 -- heavy, and only needed here
    from openwado.audit_wiring import audit_options  # noqa: PLC0415 -- as above
    from openwado.observe.audit_chain import Verified, verify  # noqa: PLC0415 -- as above
    from openwado.observe.audit_facts import LogUsed  # noqa: PLC0415 -- as above

    settings = load(config=config, data=data)
    options = audit_options(settings)
    if options is None:
        raise click.ClickException("No audit messages are made here: the setting audit is off.")
    verified = Verified()
    faults = [
        f"{fault.file}, line {fault.line}: {fault.what}"
        for fault in verify(options.trails, options.trail.key, verified)
    ]
    sent = _report(verified, options)
    if sent > verified.n:
        faults.append(f"{sent - verified.n} lines that were sent are missing at the end")
    for fault in faults[:_SHOWN]:
        click.echo(fault)
    system = assemble(settings)
    try:
        with journal_for(system) as journal:
            if journal is not None:
                uri = options.trails.absolute().as_uri()
                journal.note(LogUsed(time=time.time(), agent=this_agent(), uri=uri))
    finally:
        system.index.close()
    if faults:
        raise click.ClickException(f"The trail is not as it was written: {len(faults)} faults.")


def _report(verified: Verified, options: AuditOptions) -> int:
    """Say what there is; return the number of the last line that was sent."""
    from openwado.observe.audit_sender import read_place  # noqa: PLC0415 -- as above

    click.echo(f"{verified.messages} messages in {verified.lines} lines of {verified.files} files.")
    click.echo(f"Last digest: {verified.digest}")
    if options.syslog is None:
        click.echo("They are sent nowhere: the setting audit_syslog is empty.")
        return 0
    place = read_place(options.folder / "sent.json")
    click.echo(f"Sent up to line {place.n}, to {options.syslog.transport}://{options.syslog.host}.")
    return place.n
