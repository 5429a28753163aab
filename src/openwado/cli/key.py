"""`openwado key`: new secrets, and the lines for the settings that know them."""

from __future__ import annotations

import json

import click

from openwado.access.api_key import ApiKey, ApiKeys, make_key
from openwado.access.link import make_secret
from openwado.access.password import digest_password

_roles = click.option(
    "--role", "roles", multiple=True, required=True, metavar="ROLE", help="Of its owner; may be repeated."
)


@click.group()
def key() -> None:
    """Make keys and passwords. Nothing is stored: put the printed lines into the settings file."""


@key.command()
@click.argument("name")
@_roles
@click.option("--expires", default="", metavar="DATE", help="Day from which on it is not taken, such as 2027-01-31.")
def api(name: str, roles: tuple[str, ...], expires: str) -> None:
    """Make an API key for the program NAME."""
    made = make_key()
    try:
        ApiKeys([ApiKey(name=name, digest=made.digest, roles=roles, expires=expires)])
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    click.echo("The key, which is shown this once; the program sends it as `Authorization: Bearer KEY`:\n")
    click.echo(f"    {made.text}\n\nFor the settings:\n")
    lines: dict[str, str | list[str]] = {"name": name, "digest": made.digest, "roles": list(roles)}
    if expires:
        lines["expires"] = expires
    _print_table("access_api_keys", lines)


@key.command()
@click.argument("name")
@_roles
def password(name: str, roles: tuple[str, ...]) -> None:
    """Ask for a password of the user NAME, and print what the settings keep of it."""
    text = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        digest = digest_password(text)
    except ValueError as error:
        raise click.ClickException(f"{error}.") from error
    _print_table("access_passwords", {"name": name, "digest": digest, "roles": list(roles)})


@key.command()
@click.argument("key_id", metavar="ID")
def link(key_id: str) -> None:
    """Make a key that signs links, with the id ID, such as 2026-11."""
    _print_table("access_link_keys", {"id": key_id, "secret": make_secret()})


def _print_table(name: str, values: dict[str, str | list[str]]) -> None:
    click.echo(f"[[{name}]]")
    for field, value in values.items():
        click.echo(f"{field} = {json.dumps(value, ensure_ascii=False)}")
