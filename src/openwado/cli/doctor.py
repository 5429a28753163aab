"""`openwado doctor`: what is wrong here, and how to mend it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec

from openwado.cli.checking import faults_beyond
from openwado.cli.options import data_option
from openwado.config import SettingsError, read, unknown_variables
from openwado.settings.faults import wrong_by_themselves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.config import Settings
    from openwado.doctor.finding import Finding


#: Findings that say nothing where one of these settings cannot be.
_NEEDS: Final = {
    "port": ("host", "port"),
    "dicom_port": ("host", "dicom_host", "dicom_port"),
    "memory": ("workers", "render_processes", "render_memory"),
}


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

    settings, wrong, findings = _settings(data, config)
    yield from installation(settings)
    yield from findings
    yield from drawing()
    if settings is not None:
        if wrong.isdisjoint(("data", "index", "store")) and of_another_user(settings) is None:
            yield from storage(settings)
        yield from certificates(settings)
        yield from (finding for finding in machine(settings) if wrong.isdisjoint(_NEEDS.get(finding.what, ())))


def _settings(data: str | None, config: Path | None) -> tuple[Settings | None, frozenset[str], list[Finding]]:
    """Return settings, those that are wrong by themselves and have the default instead, and what to say of them."""
    from openwado.doctor.finding import Finding  # noqa: PLC0415 -- as above
    from openwado.doctor.storage import of_another_user  # noqa: PLC0415 -- as above

    mend = "Correct them where they stand; `openwado settings` lists all that there are."
    notes = [Finding("warning", "environment", text, "Remove it, or correct its name.") for text in unknown_variables()]
    try:
        reading = read(config=config, data=data)
    except SettingsError as error:
        return None, frozenset(), [*notes, Finding("fault", "settings", str(error), mend)]
    settings, wrong = reading.settings, wrong_by_themselves(reading.faults)
    others = of_another_user(settings) if "data" not in wrong else None
    beyond = faults_beyond(reading, frozenset() if others is None else frozenset({"data"}))
    told = dict.fromkeys(map(reading.placed, (*reading.faults, *beyond)))
    well = Finding("ok", "settings", "All of them can be." if config is None else f"{config} can be.")
    found = [*notes, *(Finding("fault", "settings", f"{sentence}.", mend) for sentence in told)]
    if not told and others is None:
        found.append(well)
    if others is not None:
        found.append(others)  # to look further would make files there
    if "*" in settings.metrics_readers:
        text = "Everybody who reaches the server may read /metrics."
        found.append(Finding("warning", "metrics_readers", text, "Name the addresses of the monitoring instead."))
    return settings, wrong, found
