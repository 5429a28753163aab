"""What somebody has pasted into the search field: a WADO URL, or UIDs, become the page of what they name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from openwado.server.composer_start import start_state
from openwado.server.composer_state import asked_state, page_query

if TYPE_CHECKING:
    from openwado.seen_index import SeenIndex
    from openwado.server.page_links import Links

#: Characters that are looked at: more is no address (`max_uri_length` is 8192 at first).
_LONGEST: Final = 8192
_MOST_FIELDS: Final = 100

#: A run of characters that an address may have, around the parameter that every request has: in HTML, Markdown or a
#: command, quotes and brackets end it.
_ADDRESS: Final = re.compile(r"""[^\s"'<>()\\]*objectUID=[^\s"'<>()\\]*""")
#: The sign between parameters as HTML writes it. Nothing else of HTML is read: "&region" would become another sign.
_AMPERSAND: Final = re.compile("&(?:amp|#38|#[xX]26);")

#: A UID (PS3.5 9.1) with at least one dot, so that it is no number of a patient.
_UID: Final = re.compile(r"[0-9]{1,62}(?:\.[0-9]{1,62})+")
_UIDS_IN_PATH: Final = re.compile(rf"(?<![0-9A-Za-z.]){_UID.pattern}(?![0-9A-Za-z.])")

#: What may stand between UIDs that were pasted without an address around them.
_BETWEEN: Final = re.compile(r"[\s/\\,;]+")
_STEPS: Final = frozenset({"", "studies", "series", "instances"})


def is_address(text: str) -> bool:
    """Say whether a text is an address or a UID, and no words to look for."""
    return "objectUID=" in text or bool(_uids(text))


def page_of(index: SeenIndex, links: Links, text: str) -> str:
    """Return the address of the page of what a text names; "" where that is nothing that who asks may see.

    Args:
        index: as who asks sees it.
        links: of the request.
        text: a WADO URL, whose parameters the page gets; or UIDs, of which the most exact one counts, also in a path
            as DICOMweb has it.
    """
    if "objectUID=" in text:
        return _object_page(index, links, text)
    for uid in reversed(_uids(text)):
        row = index.instance_row(uid)
        if row is not None:
            return links.instance(row.instance)
        study = index.study_of(uid)
        if study:
            return links.series(study, uid)
        if index.study(uid) is not None:
            return links.study(uid)
    return ""


def _object_page(index: SeenIndex, links: Links, text: str) -> str:
    pairs = pairs_of(text)
    row = index.instance_row(dict(pairs).get("objectUID", ""))
    if row is None:
        return ""
    start = start_state(row.instance)
    state = asked_state(pairs)
    if state is None:  # nothing but which object or frame: it is shown as objects are at first
        frame_number = dict(pairs).get("frameNumber", "")
        state = start | ({"frameNumber": frame_number} if frame_number else {})
    return links.instance(row.instance, None, **page_query(state, start))


def pairs_of(text: str) -> list[tuple[str, str]]:
    """Return names and values of the query of the WADO URL in a text; [] where there is none.

    Args:
        text: a URL, or its query; it may stand in HTML, Markdown, or a command.
    """
    found = _ADDRESS.search(_AMPERSAND.sub("&", text[:_LONGEST]))
    if found is None:
        return []
    address = found[0].partition("#")[0]
    try:
        return parse_qsl(address.rpartition("?")[2], keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return []


def _uids(text: str) -> list[str]:
    """Return the UIDs of a path, or those that a text consists of; [] where there is more in it."""
    text = text[:_LONGEST].strip()
    if text.startswith(("http://", "https://")):
        return _UIDS_IN_PATH.findall(text.partition("://")[2].partition("/")[2])
    pieces = [piece for piece in _BETWEEN.split(text) if piece not in _STEPS]
    return pieces if all(_UID.fullmatch(piece) for piece in pieces) else []
