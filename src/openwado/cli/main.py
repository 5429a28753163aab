"""The command `openwado` itself: its help, its version, and the list of commands."""

from __future__ import annotations

import errno
import sys

import click

from openwado.cli.anonymize import anonymize
from openwado.cli.audit import audit
from openwado.cli.codecs import codecs
from openwado.cli.delete import delete
from openwado.cli.doctor import doctor
from openwado.cli.import_objects import import_objects
from openwado.cli.index import index
from openwado.cli.key import key
from openwado.cli.render import render
from openwado.cli.serve import serve
from openwado.cli.settings import settings
from openwado.cli.sheet import sheet
from openwado.cli.sign import sign
from openwado.cli.statement import statement
from openwado.cli.verify import verify
from openwado.cli.watch import watch
from openwado.config import SettingsError
from openwado.errors import WadoError
from openwado.version import __version__

#: What an administrator can mend about a disk: a sentence says it better than a traceback.
_OF_A_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO})


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with:  openwado serve ./my-dicom-folder",
)
@click.version_option(__version__, "--version", message="openwado %(version)s")
def openwado() -> None:
    """Pictures and objects of a DICOM archive by one HTTP GET: WADO (ISO 17432, GB/T 40421, DICOM PS3.18 WADO-URI)."""


for command in (
    serve,
    index,
    import_objects,
    watch,
    verify,
    delete,
    render,
    sheet,
    anonymize,
    sign,
    key,
    audit,
    codecs,
    settings,
    statement,
    doctor,
):
    openwado.add_command(command)


def main() -> None:
    """Run the command line; what a person can mend is said in one line on standard error, exit status 2."""
    try:
        openwado()
    except SettingsError as error:
        click.echo(f"openwado: {error}", err=True)
        sys.exit(2)
    except WadoError as error:
        click.echo(f"openwado: {error.public}{f' ({error.detail})' if error.detail else ''}", err=True)
        sys.exit(1)
    except OSError as error:
        if error.errno not in _OF_A_DISK:
            raise
        place = f": {error.filename}" if error.filename else ""
        click.echo(f"openwado: {error.strerror}{place}", err=True)
        sys.exit(1)
