"""`openwado codecs`: who decodes what here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table

    from openwado.dicom.codecs import Decoder

#: Where nobody watches lines are as long as they must be, for grep and the like.
_FILE_WIDTH = 240


@click.command()
def codecs() -> None:
    """Print who decodes which transfer syntax, with the versions of the libraries installed here."""
    from rich.console import Console  # noqa: PLC0415 -- only needed here

    from openwado.dicom.codec_page import FORMS  # noqa: PLC0415 -- heavy, and only needed here

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_FILE_WIDTH)
    console.print(_decoded())
    for form, text in FORMS.items():
        console.print(f"{form}: {text}")
    console.print("\nKnown, and decoded by nobody here:")
    console.print(_undecoded())


def _decoded() -> Table:
    from openwado.dicom.codec_page import library_versions  # noqa: PLC0415 -- heavy, and only needed here
    from openwado.dicom.codecs import CODECS  # noqa: PLC0415 -- as above

    versions = library_versions()
    table = _table("Transfer syntax", "Name", "Form", "Decoders, in order", "Reduced")
    for uid, codec in CODECS.items():
        decoders = "\n".join(_line(decoder, versions) for decoder in codec.decoders)
        limit = f"\n{codec.limit}" if codec.limit else ""
        reduced = codec.reduced.name if codec.reduced is not None else ""
        table.add_row(uid, codec.name, codec.form, (decoders or "none") + limit, reduced)
    return table


def _undecoded() -> Table:
    from openwado.dicom.undecoded import UNDECODED  # noqa: PLC0415 -- only needed here

    table = _table("Transfer syntax", "Name", "Why")
    for uid, undecoded in UNDECODED.items():
        table.add_row(uid, undecoded.name, undecoded.reason)
    return table


def _table(*columns: str) -> Table:
    from rich import box  # noqa: PLC0415 -- only needed here
    from rich.table import Table  # noqa: PLC0415 -- as above

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, safe_box=True)
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0, overflow="fold")
    return table


def _line(decoder: Decoder, versions: Mapping[str, str]) -> str:
    function = decoder.function.rpartition(".")[2]
    return f"{decoder.library} {versions.get(decoder.library, '')}".rstrip() + f" ({function})"
