"""Pages of a list that is too long for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

from openwado.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

#: The parameter that names a page.
PAGE: Final = "page"

_LONGEST_NUMBER: Final = 9


@dataclass(frozen=True, slots=True)
class Paging:
    """Where a page of a list stands.

    Attributes:
        number: of the page, from 1.
        last: number of the last one, 0 where that is not known.
        before: address of the page before, "" where there is none; so is after.
        after: of the page after.
        path: of all of them.
        query: names and values of what their addresses have besides the number.
    """

    number: int
    last: int
    before: str
    after: str
    path: str
    query: list[tuple[str, str]]


def paging(address: Callable[..., str], number: int, *, more: bool, last: int = 0) -> Paging:
    """Return where a page stands.

    Args:
        address: makes addresses of the list, with parameters.
        number: of the page.
        more: whether there is one after it.
        last: number of the last one, 0 where that is not known.
    """
    first = address()
    before = "" if number == 1 else first if number == 2 else address(**{PAGE: number - 1})  # noqa: PLR2004 -- the first page has the plain address
    after = address(**{PAGE: number + 1}) if more else ""
    parts = urlsplit(first)
    return Paging(number, last, before, after, parts.path, parse_qsl(parts.query, keep_blank_values=True))


def number_of(request: Request, name: str = PAGE) -> int:
    """Return a counting number from the query, 1 where it is absent.

    Raises:
        BadRequest: it is no number from 1.
    """
    value = request.query_params.get(name, "1")
    if not (value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER and int(value)):
        raise BadRequest(f"{name} has to be a number, counted from 1.", parameter=name)
    return int(value)
