"""Opens what somebody has pasted: a WADO URL, whatever stands around it, becomes the page of its object."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode

from starlette.responses import RedirectResponse

from openwado.protocol.grammar import read_uid
from openwado.server.composer_start import start_state
from openwado.server.composer_state import READABLE, asked_state, page_query

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from openwado.dicom.instance import Instance
    from openwado.seen_index import SeenIndex
    from openwado.server.page_links import Links
    from openwado.server.page_wording import Wording

#: The parameter of the form.
URL: Final = "url"
#: Characters of what is pasted that are looked at.
LONGEST: Final = 8192

_UIDS: Final = ("studyUID", "seriesUID", "objectUID")
#: A run of characters that an address may have, around a parameter that every request has: in HTML, Markdown or a
#: command, quotes and brackets end it.
_ADDRESS: Final = re.compile(r"""[^\s"'<>()\\]*objectUID=[^\s"'<>()\\]*""")
#: As HTML writes it. Nothing else of HTML is read: "&region" would become a sign.
_AMPERSAND: Final = re.compile("&(?:amp|#38|#[xX]26);")
_SEE_OTHER: Final = 303


class Opening:
    """Answers the form's address.

    Args:
        asked: gives the words, the addresses and the index for who asks.
        html: writes a page.
    """

    def __init__(
        self, asked: Callable[[Request], tuple[Wording, Links, SeenIndex]], html: Callable[..., Response]
    ) -> None:
        self._asked = asked
        self._html = html

    def answer(self, request: Request) -> Response:
        """Answer with the way to the object's page; where there is none, with a page that says why."""
        say, links, index = self._asked(request)
        pasted = request.query_params.get(URL, "")
        pairs = pairs_of(pasted)
        given = dict(pairs)
        sentence = status = None
        instance = None
        if not pasted.strip():
            sentence, status = "", 200
        elif not all(_is_uid(given.get(name, "")) for name in _UIDS):
            sentence, status = say("open no url"), 400
        else:
            instance = _found(index, given)
            if instance is None:
                sentence, status = say("open not found"), 404
        if instance is not None:
            return RedirectResponse(_address(links, instance, pairs), _SEE_OTHER)
        page = self._html("open.html", request, say, links, pasted=pasted[:LONGEST], sentence=sentence)
        page.status_code = status or _SEE_OTHER
        return page


def pairs_of(pasted: str) -> list[tuple[str, str]]:
    """Return names and values of the query of a WADO URL in a text; [] where there is none."""
    found = _ADDRESS.search(_AMPERSAND.sub("&", pasted[:LONGEST]))
    if found is None:
        return []
    query = found[0].partition("#")[0]
    query = query.partition("?")[2] if "?" in query else query
    return parse_qsl(query, keep_blank_values=True, max_num_fields=100) if query.count("&") < 100 else []  # noqa: PLR2004


def _found(index: SeenIndex, given: dict[str, str]) -> Instance | None:
    row = index.instance_row(given["objectUID"])
    if row is None:
        return None
    there = (row.instance.study_instance_uid, row.instance.series_instance_uid)
    return row.instance if there == (given["studyUID"], given["seriesUID"]) else None


def _address(links: Links, instance: Instance, pairs: list[tuple[str, str]]) -> str:
    state = asked_state([*pairs, ("contentType", dict(pairs).get("contentType", ""))]) or {}
    query = page_query(state, start_state(instance))
    address = links.instance(instance)
    mark = "&" if "?" in address else "?"
    return f"{address}{mark}{urlencode(query, safe=READABLE)}" if query else address


def _is_uid(value: str) -> bool:
    try:
        return bool(read_uid(value))
    except ValueError:
        return False
