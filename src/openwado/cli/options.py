"""Options and parameter types that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

EXISTING = click.Path(exists=True, path_type=Path)

data_option = click.option(
    "--data",
    type=click.Path(file_okay=False),
    help="Folder for the index.  [default: the platform's place for a user's application data]",
)
config_option = click.option(
    "--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Settings file (TOML)."
)


class Numbers(click.ParamType[tuple[float, ...]]):
    """A fixed count of numbers, separated by commas.

    Args:
        names: what each of them is, for messages and help.
    """

    def __init__(self, *names: str) -> None:
        self._names = names
        self.name = ",".join(names)

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Show the names in the help."""
        del param, ctx
        return self.name

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        """Read the numbers; anything else is a usage error."""
        try:
            numbers = tuple(float(part) for part in str(value).split(","))
        except ValueError:
            numbers = ()
        if len(numbers) != len(self._names):
            self.fail(f"{value!r} is not {self.name}: {len(self._names)} numbers separated by commas.", param, ctx)
        return numbers
