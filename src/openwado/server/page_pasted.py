"""What somebody has pasted into the search field: a WADO URL, or UIDs, become the page of what they name."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from openwado.protocol.parameters import EVERY_PARAMETER

if TYPE_CHECKING:
    from openwado.seen_index import SeenIndex
    from openwado.server.page_links import Links

#: Characters that are looked at: more is no address (`max_uri_length` is 8192 at first).
_LONGEST: Final = 8192
_MOST_FIELDS: Final = 100

#: Parameters that say how an object is shown: all but those that name it, and the request.
_SHOWING: Final = frozenset(row.name for row in EVERY_PARAMETER if not row.required)

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
    address = html.unescape(text[:_LONGEST].strip())  # copied out of a page's source
    query = address.partition("?")[2].partition("#")[0] if "?" in address else address
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return ""
    uid = next((value for name, value in pairs if name == "objectUID"), "")
    row = index.instance_row(uid)
    if row is None:
        return ""
    return links.instance(row.instance, None, **{name: value for name, value in pairs if name in _SHOWING})


def _uids(text: str) -> list[str]:
    """Return the UIDs of a path, or those that a text consists of; [] where there is more in it."""
    text = text[:_LONGEST].strip()
    if text.startswith(("http://", "https://")):
        return _UIDS_IN_PATH.findall(text.partition("://")[2].partition("/")[2])
    pieces = [piece for piece in _BETWEEN.split(text) if piece not in _STEPS]
    return pieces if all(_UID.fullmatch(piece) for piece in pieces) else []
