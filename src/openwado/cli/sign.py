"""`openwado sign`: a link to a picture or an object for somebody who need not sign in."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from openwado.access.link import SCOPES, LinkWish
from openwado.cli.options import config_option
from openwado.config import load

if TYPE_CHECKING:
    from pathlib import Path

    from openwado.access.link import Scope

_SECONDS = {"m": 60, "h": 3600, "d": 86400}


class Duration(click.ParamType[int]):
    """A time in minutes, hours or days, such as 24h; seconds."""

    name = "TIME"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it; anything else is a usage error."""
        found = re.fullmatch(r"([1-9][0-9]{0,5})([mhd])", str(value))
        if found is None:
            self.fail(f"{value!r} is no time: write minutes, hours or days, such as 30m, 24h or 7d.", param, ctx)
        return int(found[1]) * _SECONDS[found[2]]


@click.command()
@click.argument("url")
@click.option("--for", "seconds", type=Duration(), default="24h", show_default=True, help="How long the link lives.")
@click.option("--anonymized", is_flag=True, help="The object anonymized, and nothing else.")
@click.option(
    "--uses", type=click.IntRange(min=0), default=0, help="Requests that it is good for.  [default: any number]"
)
@click.option(
    "--scope", type=click.Choice(SCOPES), default="object", show_default=True, help="What may be asked for with it."
)
@click.option("--key", "key_id", default="", metavar="ID", help="Key that signs it.  [default: the first one]")
@config_option
def sign(  # noqa: PLR0913 -- one argument an option
    url: str, config: Path | None, *, seconds: int, anonymized: bool, uses: int, scope: Scope, key_id: str
) -> None:
    """Print URL as a signed link: whoever has it may ask for what URL asks for, without signing in, until it expires.

    The settings have to be those of the server (--config, or the environment). Quote URL: it has an ampersand in it.
    Links of scope series or study are good for any request for their objects that has the link's parameters.
    """
    from openwado.authentication import link_keys_of  # noqa: PLC0415 -- only needed here
    from openwado.server.link_signing import query_of  # noqa: PLC0415 -- as above

    settings = load(config=config)
    keys = link_keys_of(settings)
    if not keys:
        raise click.ClickException(
            "There is no key to sign with: put what `openwado key link` prints into the settings."
        )
    if seconds > settings.access_longest_link * _SECONDS["h"]:
        raise click.ClickException(f"A link lives {settings.access_longest_link} hours at the most.")
    path = urlsplit(url).path
    if not path.endswith(settings.wado_path):
        raise click.ClickException(f"{path or url!r} is not the address of the WADO service, {settings.wado_path}.")
    wish = LinkWish(query_of(url, path), int(time.time()) + seconds, scope, anonymized=anonymized, uses=uses)
    click.echo(f"{url.partition('?')[0]}?{keys.sign(wish, key_id)}")
