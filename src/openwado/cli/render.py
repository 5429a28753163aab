"""`openwado render`: one picture or document from one file, by the very pipeline of the server."""

from __future__ import annotations

from pathlib import Path

import click

from openwado.cli.options import EXISTING, Numbers, config_option
from openwado.cli.output import whole_file
from openwado.config import load
from openwado.errors import WadoError

SUFFIXES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".jp2": "image/jp2",
    ".apng": "image/apng",
    ".svg": "image/svg+xml",
    ".mp4": "video/mp4",
    ".mpg": "video/mpeg",
    ".html": "text/html",
    ".txt": "text/plain",
    ".xml": "text/xml",
    ".rtf": "text/rtf",
    ".pdf": "application/pdf",
    ".dcm": "application/dicom",
}


@click.command()
@click.argument("file", type=EXISTING)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="What to write: its suffix says the type, such as .jpg, .png, .gif, .mp4, .pdf, .html; .dcm is the object.",
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
    """Make a picture or document of FILE, a DICOM object, without a server but by the server's settings."""
    media_type = SUFFIXES.get(output.suffix.lower())
    if media_type is None:
        raise click.BadParameter(f"the name has to end with one of {', '.join(SUFFIXES)}", param_hint="--output")
    parameters = {"contentType": media_type, **_wado_parameters(wishes)}
    from openwado.library import NoObject, open_object  # noqa: PLC0415 -- heavy, and only this command needs it

    if output.exists() and output.samefile(file):
        raise click.BadParameter("this is the object itself: name another file", param_hint="--output")
    try:
        with open_object(file, settings=load(config=config)) as opened, whole_file(output) as out:
            found, warnings = opened.write(out, **parameters)
            _check_type(found, media_type)
    except NoObject as error:
        raise click.ClickException(f"{file}: {error}.") from error
    except WadoError as error:
        raise click.ClickException(error.public + (f" ({error.detail})" if error.detail else "")) from error
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror or error}.") from error
    for warning in warnings:
        click.echo(f"openwado: {warning}", err=True)


def _check_type(found: str, wanted: str) -> None:
    """Refuse what a server would send in the place of what it cannot: reports are pages then (PS3.18 2011 7.3.2)."""
    made = found.partition(";")[0].strip()
    if made != wanted:
        suffix = next((one for one, kind in SUFFIXES.items() if kind == made), "")
        other = f": name a file that ends with {suffix}" if suffix else ""
        raise click.ClickException(f"This object cannot be had as {wanted}, only as {made} and others{other}.")


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
