"""`openwado doctor`: what is wrong here, and how to mend it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from openwado.cli.checking import faults_beyond
from openwado.cli.options import data_option
from openwado.config import SettingsError, read, unknown_variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.config import Settings
    from openwado.doctor.finding import Finding


@click.command()
@data_option
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (TOML).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def doctor(*, data: str | None, config: Path | None, as_json: bool) -> None:
    """Look at the installation, settings, codecs, fonts, index, store, disk, certificates, clock and ports.

    Prints a line for each, and how to mend what is wrong. Exit status 0: it works, whatever warnings
    there are; 1: something does not.
    """
    has_fault = False
    for finding in _findings(data, config):
        has_fault = has_fault or finding.state == "fault"
        if as_json:
            click.echo(msgspec.json.encode(finding).decode())
            continue
        click.echo(f"{finding.state:<8} {finding.what:<16} {finding.text}")
        if finding.mend:
            click.echo(f"{'':<25} > {finding.mend}")
    sys.exit(1 if has_fault else 0)


def _findings(data: str | None, config: Path | None) -> Iterator[Finding]:
    from openwado.doctor.certificates import certificates  # noqa: PLC0415 -- heavy, and only needed here
    from openwado.doctor.drawing import drawing  # noqa: PLC0415 -- as above
    from openwado.doctor.installation import installation  # noqa: PLC0415 -- as above
    from openwado.doctor.machine import machine  # noqa: PLC0415 -- as above
    from openwado.doctor.storage import of_another_user, storage  # noqa: PLC0415 -- as above

    settings, findings = _settings(data, config)
    yield from installation(settings)
    yield from findings
    yield from drawing()
    if settings is not None:
        if of_another_user(settings) is None:
            yield from storage(settings)
        yield from certificates(settings)
        yield from machine(settings)


def _settings(data: str | None, config: Path | None) -> tuple[Settings | None, list[Finding]]:
    from openwado.doctor.finding import Finding  # noqa: PLC0415 -- as above
    from openwado.doctor.storage import of_another_user  # noqa: PLC0415 -- as above

    mend = "Correct them where they stand; `openwado settings` lists all that there are."
    notes = [Finding("warning", "environment", text, "Remove it, or correct its name.") for text in unknown_variables()]
    try:
        reading = read(config=config, data=data)
    except SettingsError as error:
        return None, [*notes, Finding("fault", "settings", str(error), mend)]
    settings = reading.settings
    wrong = [Finding("fault", "settings", f"{reading.placed(fault)}.", mend) for fault in reading.faults]
    if any(fault.setting == "data" for fault in reading.faults):
        return None, [*notes, *wrong]
    if (others := of_another_user(settings)) is not None:
        return settings, [*notes, *wrong, others]  # to look further would make files there
    told = dict.fromkeys(map(reading.placed, faults_beyond(reading)))
    wrong += [Finding("fault", "settings", f"{sentence}.", mend) for sentence in told]
    well = Finding("ok", "settings", "All of them can be." if config is None else f"{config} can be.")
    found = [*notes, *(wrong or [well])]
    if "*" in settings.metrics_readers:
        text = "Everybody who reaches the server may read /metrics."
        found.append(Finding("warning", "metrics_readers", text, "Name the addresses of the monitoring instead."))
    return settings, found
