"""`openwado sheet`: the pictures of folders on contact sheets, by the very pipeline of the server."""

from __future__ import annotations

import tempfile
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openwado.cli.index import left_out_lines, printable
from openwado.cli.options import EXISTING, Numbers, config_option
from openwado.cli.output import whole_file
from openwado.cli.progress import progress_bar
from openwado.config import Settings, load
from openwado.machine import cores

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openwado.sheet.contact_sheet import ContactSheet, ImageFile, Wishes
    from openwado.tally import Summary

_FEWEST_DIGITS = 3

# Bytes that a process maps before it draws anything: itself and its libraries.
_GROUND = 1 << 30

# What pages of an earlier sheet start with.
_PNG = b"\x89PNG\r\n\x1a\n"


class Frames(click.ParamType[int]):
    """Which frames of each object: 0 for the default picture alone, else the most there may be."""

    name = "frames"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Show what may be given."""
        del param, ctx
        return "first|all|N"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it; anything else is a usage error."""
        from openwado.sheet.contact_sheet import MOST_FRAMES  # noqa: PLC0415 -- heavy, and only this command needs it

        words = {"first": 0, "all": MOST_FRAMES}
        text = str(value)
        if text in words:
            return words[text]
        if not text.isdecimal() or not 1 <= int(text) <= MOST_FRAMES:
            self.fail(f"{text!r} is not first, all, or a number from 1 to {MOST_FRAMES}.", param, ctx)
        return int(text)


@click.command()
@click.argument("paths", type=EXISTING, nargs=-1)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="What to write: sheet.png, or sheet-001.png and so on where one page is not enough.",
)
@click.option("--columns", type=click.IntRange(1, 64), default=8, show_default=True, help="Most tiles side by side.")
@click.option(
    "--rows-per-page", type=click.IntRange(1, 64), default=8, show_default=True, help="Most rows of tiles of a page."
)
@click.option(
    "--tile", type=click.IntRange(64, 1024), default=256, show_default=True, help="Side of a tile, pixels.", metavar="N"
)
@click.option(
    "--frames",
    type=Frames(),
    default="first",
    show_default=True,
    help="Frames of each object: the default picture, all (at most 1000), or N from the first to the last.",
)
@click.option("--window", type=Numbers("C", "W"), help="Window center and width, in values after the Modality LUT.")
@config_option
def sheet(
    paths: tuple[Path, ...],
    output: Path,
    config: Path | None,
    **wishes: Any,  # noqa: ANN401 -- each option has its type
) -> None:
    """Draw every image below PATHS on contact sheets, to see at one look whether an archive draws as it should.

    Each image is a tile: its picture, the file's name, and what kind of image it is. Where the server would answer with
    an error, the tile says so. Other objects are left out and counted. Names and IDs of patients are not written on it;
    but names of files are, and what is burned into a picture is seen. Without PATHS the sample objects are drawn.
    """
    if output.suffix.lower() != ".png":
        raise click.BadParameter("the name has to end with .png", param_hint="--output")
    settings = load(config=config)
    wanted = _wishes(settings.max_output_pixels, **wishes)
    _check_folder(output)
    with _paths_or_samples(paths) as given:
        _make(given, output, wanted, settings)


def _wishes(  # noqa: PLR0913 -- one argument an option
    most: int, *, columns: int, rows_per_page: int, tile: int, frames: int, window: tuple[float, float] | None
) -> Wishes:
    """Return the options as what a sheet shows; most: pixels of the largest page."""
    if window is not None and window[1] <= 0:
        raise click.BadParameter("the width of a window has to be above 0", param_hint="--window")
    from openwado.sheet.contact_sheet import Wishes  # noqa: PLC0415 -- heavy, and only this command needs it
    from openwado.sheet.page import Layout  # noqa: PLC0415 -- as above

    layout = Layout(tile=tile, columns=columns, rows=rows_per_page)
    width, height = layout.size(layout.tiles)
    if width * height > most:
        raise click.UsageError(
            f"A page would have {width} by {height} pixels; at most {most} are made. "
            "Ask for fewer --columns or --rows-per-page, or for smaller tiles."
        )
    return Wishes(layout=layout, frames=frames, window=window)


@contextmanager
def _paths_or_samples(paths: tuple[Path, ...]) -> Iterator[tuple[Path, ...]]:
    """Give the paths, or a folder of sample objects that is gone afterwards."""
    if paths:
        yield paths
        return
    from openwado.samples import write_samples  # noqa: PLC0415 -- heavy, and only needed here

    click.echo("No paths are given: here are sample objects. Draw your own with `openwado sheet FOLDER`.", err=True)
    with tempfile.TemporaryDirectory(prefix="openwado-samples-") as folder:
        write_samples(Path(folder))
        yield (Path(folder),)


def _make(paths: tuple[Path, ...], output: Path, wishes: Wishes, settings: Settings) -> None:
    """Find the images, draw the pages, and say what came of it."""
    from openwado.sheet.contact_sheet import count_tiles  # noqa: PLC0415 -- heavy, and only this command needs it

    started = time.monotonic()
    maker = _maker(settings)
    with progress_bar("Reading", "files") as advance:
        images = maker.find_images(paths, advance)
    if images:
        written = _write_pages(maker, images, output, wishes)
        drawn = _counted(count_tiles(images, wishes) - maker.refusals.done, "picture")
        pages = f"{_counted(len(written), 'page')} ({printable(str(written[0]))}{' …' if written[1:] else ''})"
        seconds = time.monotonic() - started
        click.echo(f"Drew {drawn} of {_counted(len(images), 'image')} on {pages} in {seconds:.1f} s.", err=True)
    for line in (*_refusal_lines(maker.refusals.summary(0)), *left_out_lines(maker.left_out.summary(0))):
        click.echo(line, err=True)
    if not images:
        raise click.ClickException("There is no image below these paths.")


def _maker(settings: Settings) -> ContactSheet:
    """Wire what draws as the server does, with the server's limits and choices."""
    from openwado.archive.file_store import FileStore  # noqa: PLC0415 -- heavy, and only this command needs it
    from openwado.archive.reader_pool import PoolLimits  # noqa: PLC0415 -- as above
    from openwado.assemble import retriever_of  # noqa: PLC0415 -- as above
    from openwado.sheet.contact_sheet import ContactSheet  # noqa: PLC0415 -- as above

    memory = _GROUND + (settings.render_memory << 20)
    return ContactSheet(
        FileStore(),
        partial(retriever_of, settings),
        processes=cores(),
        limits=PoolLimits(seconds=settings.render_deadline, address_space=memory),
    )


def _write_pages(maker: ContactSheet, images: Sequence[ImageFile], output: Path, wishes: Wishes) -> list[Path]:
    from openwado.sheet.contact_sheet import count_tiles  # noqa: PLC0415 -- heavy, and only this command needs it

    names = _page_names(output, -(-count_tiles(images, wishes) // wishes.layout.tiles))
    for name in names:
        _check_name(name)
    with progress_bar("Drawing", "pictures") as advance:
        for name, page in zip(names, maker.draw_pages(images, wishes, advance), strict=True):
            try:
                with whole_file(name) as file:
                    page.save(file, "PNG")
            except OSError as error:
                raise _unwritable(name, error) from error
    return names


def _page_names(output: Path, pages: int) -> list[Path]:
    if pages == 1:
        return [output]
    digits = max(_FEWEST_DIGITS, len(str(pages)))
    return [output.with_stem(f"{output.stem}-{number:0{digits}}") for number in range(1, pages + 1)]


def _check_folder(output: Path) -> None:
    """See that files can be made where the sheet shall be, before anything is drawn."""
    try:
        with tempfile.TemporaryFile(dir=output.parent):
            pass
    except OSError as error:
        raise _unwritable(output, error) from error


def _check_name(page: Path) -> None:
    """See that nothing is written over but a page of an earlier sheet, or an empty file."""
    start = b""
    if page.is_file():
        try:
            with page.open("rb") as file:
                start = file.read(len(_PNG))
        except OSError as error:
            raise _unwritable(page, error) from error
    elif page.exists():
        start = b"no file"
    if start not in (b"", _PNG):
        raise click.BadParameter(f"{page} is there and is no PNG picture: name another file", param_hint="--output")


def _unwritable(page: Path, error: OSError) -> click.ClickException:
    return click.ClickException(f"{page} cannot be written: {error.strerror or error}.")


def _refusal_lines(summary: Summary) -> list[str]:
    lines = []
    for refused in summary.skipped:
        lines.append(f"  {_counted(refused.count, 'picture')} refused: {refused.reason}")
        lines += [f"      {printable(key)}" for key in refused.examples]
    return lines


def _counted(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"
