"""`openwado settings`: the table of all settings."""

from __future__ import annotations

import click

from openwado.config import settings_page


@click.command()
def settings() -> None:
    """Print every setting with its default, as Markdown."""
    click.echo(settings_page(), nl=False)
