"""`openwado statement`: the DICOM conformance statement."""

from __future__ import annotations

from pathlib import Path

import click

from openwado.cli.options import config_option
from openwado.cli.output import whole_file
from openwado.config import load
from openwado.statement.forms import LANGUAGES, MEDIA_TYPES


@click.command()
@click.option(
    "--format", "form", type=click.Choice(tuple(MEDIA_TYPES)), help="What to write.  [default: by FILE's name, else md]"
)
@click.option("--lang", type=click.Choice(tuple(LANGUAGES)), default="en", show_default=True, help="Its language.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to.  [default: standard output]",
)
@config_option
def statement(form: str | None, lang: str, output: Path | None, config: Path | None) -> None:
    """Write the DICOM conformance statement of a server with these settings.

    A running server has its own at /statement.
    """
    settings = load(config=config)
    from openwado.server.statement_facts import situation_here  # noqa: PLC0415 -- heavy, and only needed here
    from openwado.statement.writing import written  # noqa: PLC0415 -- as above

    suffix = "" if output is None else output.suffix.lower().removeprefix(".")
    chosen = form or (suffix if suffix in MEDIA_TYPES else "md")
    body = written(situation_here(settings, is_running=False), chosen, LANGUAGES[lang])  # type: ignore[arg-type]
    if output is None:
        click.echo(body, nl=False)
        return
    try:
        with whole_file(output) as file:
            file.write(body)
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}.") from error
