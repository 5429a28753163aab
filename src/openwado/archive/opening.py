"""From the address of an index to the index."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from openwado.archive.sqlite import SqliteIndex

if TYPE_CHECKING:
    from openwado.archive.index import Index

_FORMS = "write sqlite:///absolute/path/index.sqlite or postgresql://user:password@host:5432/database"


class UnknownIndex(ValueError):  # noqa: N818 -- a state of the settings
    """An address that is none; the message says what would be right, and nothing of the address: it has a password."""


def open_index(url: str, *, seconds: float) -> Index:
    """Open the index at an address; what is not there is made, as far as the database allows.

    Args:
        url: sqlite:/// and an absolute path, or postgresql:// and what libpq takes after it.
        seconds: longest time for an answer of a PostgreSQL server; then the index is unavailable.

    Raises:
        UnknownIndex: it is no such address, or what is needed for it is not installed.
        UnusableIndex, Unavailable: as `SqliteIndex` raises them.
    """
    path = sqlite_path(url)
    if path is not None:
        return SqliteIndex(path)
    from openwado.archive.postgresql import PostgresqlIndex  # noqa: PLC0415 -- needs an extra

    return PostgresqlIndex(_parameters(url), seconds=seconds)


def sqlite_path(url: str) -> Path | None:
    """Return the file that an address of an index names, None for one of PostgreSQL that can be.

    Raises:
        UnknownIndex: it is no such address, or what is needed for it is not installed.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        return Path(unquote(rest))
    if scheme in ("postgresql", "postgres"):
        _parameters(url)
        return None
    raise UnknownIndex(f"the address of an index has another form: {_FORMS}")


def _parameters(url: str) -> dict[str, Any]:
    try:
        import psycopg  # noqa: PLC0415 -- an extra
        from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415 -- as above
    except ImportError as error:
        raise UnknownIndex("an index in PostgreSQL needs an extra: pip install openwado[postgresql]") from error
    try:
        parameters = {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
        ports = str(parameters.get("port", "")).split(",")
    except (psycopg.Error, ValueError):
        # Without the cause: it quotes parts of the address, most often of a password that was not escaped.
        raise UnknownIndex(f"the address of the index cannot be read: {_FORMS}, with %40 for @ and the like") from None
    if not all(port.isdecimal() or not port for port in ports):
        raise UnknownIndex(f"the port in the address of the index is no number: {_FORMS}, with %2F for / and the like")
    return parameters
