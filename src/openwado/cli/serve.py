"""`openwado serve`: index what is given, then answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import click
import msgspec

from openwado.cli.checking import check
from openwado.cli.index import index_and_report
from openwado.cli.options import EXISTING, config_option, data_option
from openwado.cli.output import goes_to_journal
from openwado.cli.running import Running
from openwado.config import Settings, read, unknown_variables
from openwado.version import __version__

if TYPE_CHECKING:
    from openwado.assemble import System
    from openwado.dicom.instance import Instance


@click.command()
@click.argument("paths", type=EXISTING, nargs=-1)
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 takes a free one.  [default: 8080]")
@click.option(
    "--workers", type=click.IntRange(0, 256), help="HTTP processes.  [default: one per processor core]", metavar="N"
)
@click.option("--watch", is_flag=True, help="Look at PATHS again every few seconds while serving.")
@click.option("--stow/--no-stow", default=None, help="Take objects in by POST to /studies.  [default: --no-stow]")
@click.option(
    "--dicom-port", type=click.IntRange(0, 65535), help="Port to take objects by C-STORE.  [default: 0, none]"
)
@click.option("--cache/--no-cache", default=None, help="Keep pictures that were made.  [default: --cache]")
@click.option(
    "--insecure-no-auth", is_flag=True, default=None, help="Show everything to everybody who reaches the port."
)
@data_option
@config_option
def serve(paths: tuple[Path, ...], config: Path | None, *, watch: bool, **options: str | int | bool | None) -> None:
    """Index files and folders in place, then serve their pictures.

    Nothing is copied or changed. Without PATHS, what was indexed before is served; if that is nothing, sample objects,
    unless the server takes objects in.
    Every setting may also be given as OPENWADO_NAME in the environment; `openwado settings` lists them.
    """
    from openwado.server.nursery import open_nursery  # noqa: PLC0415 -- only needed here

    if watch and not paths:
        raise click.UsageError("--watch looks at PATHS: name a folder.")
    for sentence in unknown_variables():
        click.echo(f"Note: {sentence}", err=True)
    reading = read(config=config, **options)
    open_nursery()  # it imports what the server needs while we look at settings and the index
    settings = check(reading)
    from openwado.archive.file_store import path_of  # noqa: PLC0415 -- heavy, and only needed here
    from openwado.archive.incoming import sweep  # noqa: PLC0415 -- as above
    from openwado.archive.kept_objects import is_kept  # noqa: PLC0415 -- as above
    from openwado.assemble import assemble  # noqa: PLC0415 -- heavy, only needed here
    from openwado.cache_wiring import prepare_rendition_cache  # noqa: PLC0415 -- as above
    from openwado.ingest import read_again  # noqa: PLC0415 -- as above
    from openwado.server import http_processes  # noqa: PLC0415 -- as above
    from openwado.server.listening import CannotListen  # noqa: PLC0415 -- as above

    with reading.placing():
        system = assemble(settings)
    try:
        if paths:
            index_and_report(system, paths)
        elif outdated := system.index.outdated():
            click.echo("The index was written by another version of openwado: its files are read again.")
            if in_place := tuple(Path(path_of(key)) for key in outdated if not is_kept(key)):
                index_and_report(system, in_place)
            kept = [key for key in outdated if is_kept(key)]
            read_again(kept, system.index, system.store, processes=settings.index_processes)
        takes_in = settings.stow or settings.dicom_port
        if not (paths or takes_in) and system.index.count() == 0:
            system = _with_samples(system)
        sweep(system.store.kept.incoming)
        with reading.placing():
            prepare_rendition_cache(system.settings)
        greeting = _Greeting(system.settings, system.index.count(), system.index.example())
    finally:
        system.index.close()
    try:
        running = Running(system.settings, settings, config, options, paths if watch else ())
        http_processes.serve(running.options, started=greeting, beside=running.beside, read_again=running.read_again)
    except (CannotListen, http_processes.CannotStart) as error:
        raise click.ClickException(str(error)) from error


class _Greeting:
    """Prints where the server is and one URL that works, once it answers.

    Args:
        settings: of the server.
        count: how many objects it serves.
        example: an object that makes a good picture, if there is one.
    """

    def __init__(self, settings: Settings, count: int, example: Instance | None) -> None:
        self._settings = settings
        self._count = count
        self._example = example

    def __call__(self, host: str, port: int) -> None:
        """Print it."""
        shown = f"[{host}]" if ":" in host else host
        address = f"{'https' if self._settings.tls_certificate else 'http'}://{shown}:{port}"
        objects = "1 object" if self._count == 1 else f"{self._count} objects"
        click.echo(f"openwado {__version__} serves {objects}:")
        if self._settings.page:
            click.echo(f"  page     {address}/")
        if self._example is not None and not goes_to_journal():
            click.echo(f"  picture  {address}{picture_address(self._settings.wado_path, self._example)}")
        if self._settings.stow:
            click.echo(f"  store    {address}/studies")
        if self._settings.dicom_port:
            host = self._settings.dicom_host or host
            shown = f"[{host}]" if ":" in host else host
            click.echo(f"  DICOM    {self._settings.ae_title.strip()} at {shown}:{self._settings.dicom_port}")
        if self._settings.insecure_no_auth:
            click.echo(
                "  warning  Nobody is asked who they are: everybody who reaches this address may see everything."
            )
        click.echo("Stop it with Ctrl-C.")


def picture_address(wado_path: str, instance: Instance) -> str:
    """Return path and query of an object's picture as JPEG (PS3.18 annex B.1)."""
    uids = {
        "requestType": "WADO",
        "studyUID": instance.study_instance_uid,
        "seriesUID": instance.series_instance_uid,
        "objectUID": instance.sop_instance_uid,
        "contentType": "image/jpeg",
    }
    return f"{wado_path}?{urlencode(uids, safe='/')}"


def _with_samples(system: System) -> System:
    """Return a system that serves sample objects, from a folder and an index of their own."""
    from openwado.assemble import assemble, data_folder  # noqa: PLC0415 -- heavy, only needed here
    from openwado.samples import make_samples  # noqa: PLC0415 -- as above

    folder = data_folder(system.settings) / "samples"
    click.echo("Nothing is indexed yet: here are sample objects. Serve your own with `openwado serve FOLDER`.")
    system.index.close()
    objects = folder / "objects"
    make_samples(objects)
    sampled = assemble(msgspec.structs.replace(system.settings, data=str(folder), index=""))
    index_and_report(sampled, (objects,))
    return sampled
