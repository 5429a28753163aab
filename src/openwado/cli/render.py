"""`openwado render`: one picture from one file, by the very pipeline of the server."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import click

from openwado.cli.options import EXISTING, Numbers, config_option
from openwado.cli.output import whole_file
from openwado.config import load

if TYPE_CHECKING:
    from openwado.archive.file_store import FileStore
    from openwado.config import Settings
    from openwado.dicom.instance import Instance
    from openwado.jobs import Rendition

SUFFIXES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".jp2": "image/jp2",
    ".dcm": "application/dicom",
}


@click.command()
@click.argument("file", type=EXISTING)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="What to write: .jpg, .png, .gif, .jp2, or .dcm for the object in Explicit VR Little Endian.",
)
@click.option("--window", type=Numbers("C", "W"), help="Window center and width, in values after the Modality LUT.")
@click.option(
    "--region", type=Numbers("XMIN", "YMIN", "XMAX", "YMAX"), help="Part of the image, as fractions of its size."
)
@click.option("--rows", type=int, help="Height of the box that the picture has to fit, pixels.")
@click.option("--columns", type=int, help="Width of that box, pixels.")
@click.option("--frame", type=int, help="Frame number, from 1.")
@click.option("--quality", type=int, help="Image quality, 1 to 100.")
@config_option
@click.option("--bit-depth", type=int, help="Bits of a grey level in .png and .jp2: 8 or 16.")
def render(file: Path, output: Path, config: Path | None, **wishes: object) -> None:
    """Draw one frame of FILE, a DICOM object, without a server but by the server's settings."""
    media_type = SUFFIXES.get(output.suffix.lower())
    if media_type is None:
        raise click.BadParameter(f"the name has to end with one of {', '.join(SUFFIXES)}", param_hint="--output")
    parameters = {"contentType": media_type, **_wado_parameters(wishes)}
    from openwado.archive.file_store import FileStore  # noqa: PLC0415 -- heavy, and only this command needs it
    from openwado.errors import WadoError  # noqa: PLC0415 -- as above

    if output.exists() and output.samefile(file):
        raise click.BadParameter("this is the object itself: name another file", param_hint="--output")
    store = FileStore()
    settings = load(config=config, bit_depth_parameter=True)
    try:
        rendition, instance = _draw(store, file, parameters, settings)
        _write(output, rendition, store, instance)
    except WadoError as error:
        raise click.ClickException(error.public + (f" ({error.detail})" if error.detail else "")) from error
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror or error}.") from error
    for warning in rendition.warnings:
        click.echo(f"openwado: {warning}", err=True)


def _wado_parameters(wishes: dict[str, object]) -> dict[str, str]:
    """Say the command's options in the words of the standard."""
    parameters: dict[str, str] = {}
    match wishes["window"]:
        case (center, width):
            parameters.update(windowCenter=str(center), windowWidth=str(width))
    match wishes["region"]:
        case tuple() as region:
            parameters["region"] = ",".join(str(number) for number in region)
    names = {
        "rows": "rows",
        "columns": "columns",
        "frame": "frameNumber",
        "quality": "imageQuality",
        "bit_depth": "bitDepth",
    }
    parameters.update({name: str(wishes[option]) for option, name in names.items() if wishes[option] is not None})
    return parameters


def _draw(store: FileStore, file: Path, parameters: dict[str, str], settings: Settings) -> tuple[Rendition, Instance]:
    """Index the one file in a folder that is thrown away, and ask for it as a client would."""
    from openwado.archive.archive import Archive  # noqa: PLC0415 -- heavy, and only this command needs it
    from openwado.archive.file_store import key_of  # noqa: PLC0415 -- as above
    from openwado.archive.sqlite import SqliteIndex  # noqa: PLC0415 -- as above
    from openwado.assemble import retriever_of  # noqa: PLC0415 -- as above
    from openwado.ingest import read_file  # noqa: PLC0415 -- as above
    from openwado.produce import produce  # noqa: PLC0415 -- as above

    note = read_file(store, key_of(file.resolve()))
    if note.reading is None:
        raise click.ClickException(f"{file}: {note.reason}")
    instance = note.reading.instance
    uids = {
        "requestType": "WADO",
        "studyUID": instance.study_instance_uid,
        "seriesUID": instance.series_instance_uid,
        "objectUID": instance.sop_instance_uid,
    }
    with tempfile.TemporaryDirectory(prefix="openwado-") as folder:
        index = SqliteIndex(Path(folder) / "index.sqlite")
        try:
            index.write([note])
            retriever = retriever_of(settings, Archive(index, store, lambda _key: None))
            prepared = retriever.prepare(urlencode(uids | parameters), None, None)
            return produce(prepared.job, store), instance
        finally:
            index.close()


def _write(output: Path, rendition: Rendition, store: FileStore, instance: Instance) -> None:
    """Write the parts one after another."""
    from openwado.dicom.transcode import part_bytes  # noqa: PLC0415 -- heavy, and only this command needs it

    with whole_file(output) as file, store.open(instance.key) as stored:
        for part in rendition.parts:
            for piece in part_bytes(part, stored, instance, rendition.spool):
                file.write(piece)
