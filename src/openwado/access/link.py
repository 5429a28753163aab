"""Signed links: a WADO request, or a study or series, that whoever has the link may ask for until it expires.

The signature is an HMAC-SHA-256 (RFC 2104) over everything that the link allows. Of a link to an object that is the
whole query: nothing can be added to it, left out or changed.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, cast, get_args
from urllib.parse import unquote

from openwado.access.likeness import Likeness, TooDifferent, likeness, read_likeness
from openwado.errors import BadRequest, Forbidden, Gone
from openwado.settings.faults import Fault, Row, refuse_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openwado.access.rights import Right, Rights
    from openwado.access.subject import Level, Subject

Scope = Literal["object", "series", "study"]

#: What a link may allow.
Allowed = Literal["view", "native", "anonymized"]

SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)

#: The parameters of a link, beside those of the request; in the order in which they are written.
SIGNATURE: Final = "signature"
_NAMES: Final = ("scope", "allows", "linkId", "uses", "expires", "keyId", SIGNATURE)
#: Beside them, in links that are bound to what somebody may see.
_ALIKE: Final = "alike"
_OWN: Final = frozenset({*_NAMES, _ALIKE})
_UIDS: Final[dict[Scope, tuple[str, ...]]] = {
    "object": ("studyUID", "seriesUID", "objectUID"),
    "series": ("studyUID", "seriesUID"),
    "study": ("studyUID",),
}
_NUMBER: Final = re.compile(r"[0-9]{1,12}")
_LINK_ID: Final = re.compile(r"[A-Za-z0-9_-]{16}")
_VERSION: Final = "openwado-link-1"
#: A signature where it stands in an address, also in one that is part of another.
_SIGNED: Final = re.compile(rf"({SIGNATURE}(?:=|%3D|%253D))[A-Za-z0-9_-]+", re.IGNORECASE)
_DICOM: Final = "application/dicom"
_INVALID: Final = "This link is not valid."

#: The shortest secret, characters.
SHORTEST_SECRET: Final = 32


class LinkKey(Row, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A row of the settings; taking it away revokes all links that were signed with it.

    Attributes:
        id: that links carry.
        secret: that signs them.
    """

    id: str = ""
    secret: str = ""

    def faults(self) -> Iterator[Fault]:
        """Give what is wrong with it."""
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", self.id):
            yield Fault("id", "it is 1 to 64 letters, digits, dots, hyphens and underscores")
        if len(self.secret) < SHORTEST_SECRET:
            yield Fault("secret", f"it has {SHORTEST_SECRET} characters at least; `openwado key link` makes one")


@dataclass(frozen=True, slots=True)
class LinkWish:
    """What a link shall allow.

    Attributes:
        query: of the WADO request.
        expires: seconds since 1970.
        scope: what may be asked for: this request, or anything of its series or its study.
        anonymized: whether objects may be had anonymized only.
        uses: requests that it is good for; 0 for any number.
        bound_by: names of attributes by which it is bound to objects; none: it is not.
        like: the objects, of which another one has to have the values.
    """

    query: str
    expires: int
    scope: Scope = "object"
    anonymized: bool = False
    uses: int = 0
    bound_by: frozenset[str] = frozenset()
    like: tuple[Subject, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkPermission:
    """What a link allows; implements `openwado.access.permission.Permission`.

    Attributes:
        allows: the one right.
        study_uid: of the request.
        series_uid: "" where the whole study is meant.
        object_uids: () where more than one request is meant.
        alike: what an object has to be like; None: that does not matter.
    """

    allows: Allowed
    study_uid: str
    series_uid: str = ""
    object_uids: tuple[str, ...] = ()
    alike: Likeness | None = None

    @property
    def everywhere(self) -> Rights:
        """No rights."""
        return frozenset()

    @property
    def somewhere(self) -> Rights:
        """The one right."""
        return frozenset({self.allows})

    def rights_on(self, subject: Subject) -> Rights:
        """Return the one right on what the link is for."""
        meant = (
            subject.study_instance_uid == self.study_uid
            and self.series_uid in ("", subject.series_instance_uid)
            and (not self.object_uids or subject.sop_instance_uid in self.object_uids)
            and (self.alike is None or self.alike.holds_for(subject))
        )
        return frozenset({self.allows}) if meant else frozenset()

    @property
    def attributes(self) -> frozenset[str]:
        """Names of the attributes that it is bound by."""
        return frozenset() if self.alike is None else frozenset(self.alike.attributes)

    def held_by(self, right: Right, level: Level, subject: Subject) -> frozenset[str] | None:
        """Return None: nobody makes a link by a link."""
        del right, level, subject
        return None


@dataclass(frozen=True, slots=True)
class Link:
    """A link whose signature is right and whose time is not over.

    Attributes:
        key_id: of the key that signed it.
        link_id: its own number.
        uses: requests that it is good for; 0 for any number.
        expires: seconds since 1970.
        query: of the request, without the link's parameters.
        permission: what it allows.
    """

    key_id: str
    link_id: str
    uses: int
    expires: int
    query: str
    permission: LinkPermission


def make_secret() -> str:
    """Return a new secret for links."""
    return secrets.token_urlsafe(32)


class LinkKeys:
    """Signs links and reads them.

    Args:
        rows: of the settings; the first one signs.

    Raises:
        ValueError: one of them cannot be.
    """

    def __init__(self, rows: Iterable[LinkKey]) -> None:
        given = tuple(rows)
        refuse_rows(given, "id")
        self._secrets = {row.id: row.secret.encode() for row in given}

    def __bool__(self) -> bool:
        return bool(self._secrets)

    def sign(self, wish: LinkWish, key_id: str = "") -> str:
        """Return the query of a link.

        Raises:
            BadRequest: the request is none that a link could be made for.
        """
        query, names = wish.query, {name for name, _ in _pairs(wish.query)}
        if not names.isdisjoint(_OWN):
            raise BadRequest("The address is that of a signed link already: sign the address without it.")
        if wish.anonymized:
            query += "" if "anonymize" in names else "&anonymize=yes"
            query += "" if "contentType" in names else f"&contentType={_DICOM}"
        pairs = _pairs(query)
        chosen = key_id or next(iter(self._secrets))
        if chosen not in self._secrets:
            raise BadRequest("There is no key with this id.", parameter="keyId")
        values = {
            "scope": wish.scope,
            "allows": _allowed(pairs),
            "linkId": secrets.token_urlsafe(12),
            "uses": str(wish.uses),
            "expires": str(wish.expires),
            "keyId": chosen,
        }
        if wish.bound_by:
            values[_ALIKE] = str(self._likeness(values, wish))
        signature = self._signature(values, pairs)
        return "&".join([query, *(f"{name}={value}" for name, value in values.items()), f"{SIGNATURE}={signature}"])

    def read(self, query: str, now: float) -> Link:
        """Read the query of a link.

        Args:
            query: as it came.
            now: seconds since 1970.

        Raises:
            Forbidden: it was not signed here, or was changed, or its key is not taken any more.
            Gone: it has expired.
        """
        pairs = _pairs(query)
        own = [(name, value) for name, value in pairs if name in _OWN]
        values, asked = dict(own), [pair for pair in pairs if pair[0] not in _OWN]
        if len(own) != len(values) or values.keys() | {_ALIKE} != _OWN or not _is_formed(values):
            raise Forbidden(_INVALID)
        if values["keyId"] not in self._secrets:
            raise Forbidden("This link is not valid any more.")
        if not hmac.compare_digest(self._signature(values, asked).encode(), values[SIGNATURE].encode()):
            raise Forbidden(_INVALID)
        if now >= int(values["expires"]):
            raise Gone("This link has expired.")
        kept = "&".join(pair for pair in query.split("&") if unquote(pair.partition("=")[0]) not in _OWN)
        uses, expires = int(values["uses"]), int(values["expires"])
        permission = _permission(values, dict(asked))
        if _ALIKE in values:
            alike = read_likeness(values[_ALIKE], self._likeness_key(values))
            if alike is None:  # signed by a program that knows other attributes
                raise Forbidden(_INVALID)
            permission = replace(permission, alike=alike)
        return Link(values["keyId"], values["linkId"], uses, expires, kept, permission)

    def _likeness(self, values: dict[str, str], wish: LinkWish) -> Likeness:
        try:
            return likeness(wish.bound_by, wish.like, self._likeness_key(values))
        except TooDifferent:
            raise Forbidden("A link cannot be made to objects that are so different: make one for each.") from None

    def _likeness_key(self, values: dict[str, str]) -> bytes:
        """Return a key for this link alone, so that two links do not tell whether they are about the same patient."""
        return hmac.digest(self._secrets[values["keyId"]], f"openwado-alike-1 {values['linkId']}".encode(), "sha256")

    def _signature(self, values: dict[str, str], pairs: list[tuple[str, str]]) -> str:
        scope = cast("Scope", values["scope"])
        said = pairs if scope == "object" else [pair for pair in pairs if pair[0] in _UIDS[scope]]
        told = [values[name] for name in (*_NAMES, _ALIKE) if name != SIGNATURE and name in values]
        signed = [_VERSION, *told, *sorted(said)]
        digest = hmac.digest(self._secrets[values["keyId"]], json.dumps(signed).encode(), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def without_signature(query: str) -> str:
    """Return a query without what makes it good, to be told to others."""
    return "&".join(pair for pair in query.split("&") if unquote(pair.partition("=")[0]) != SIGNATURE)


def masked(text: str) -> str:
    """Return a text, such as a query, without the signatures that addresses in it may have, for logs and trails."""
    found = _SIGNED.sub(r"\1…", text)
    plain = unquote(unquote(found))
    return _SIGNED.sub(r"\1…", plain) if _SIGNED.search(plain) else found


def _is_formed(values: dict[str, str]) -> bool:
    return (
        values["scope"] in SCOPES
        and values["allows"] in get_args(Allowed)
        and bool(_NUMBER.fullmatch(values["uses"]) and _NUMBER.fullmatch(values["expires"]))
        and _LINK_ID.fullmatch(values["linkId"]) is not None
        and values[SIGNATURE].isascii()
    )


def _pairs(query: str) -> list[tuple[str, str]]:
    """Return names and values of a query; what is no UTF-8 is left to whoever reads the request."""
    return [
        (unquote(name, errors="replace"), unquote(value.replace("+", " "), errors="replace"))
        for name, _, value in (pair.partition("=") for pair in query.split("&") if pair)
    ]


def _allowed(pairs: list[tuple[str, str]]) -> Allowed:
    """Return the right that a request needs; an Accept header field that comes with it does not change it."""
    values = dict(pairs)
    if values.get("anonymize") == "yes":
        return "anonymized"
    types = [entry.partition(";")[0].strip().lower() for entry in values.get("contentType", "").split(",")]
    return "native" if all(name == _DICOM for name in types) else "view"


def _permission(values: dict[str, str], asked: dict[str, str]) -> LinkPermission:
    scope, allows = values["scope"], cast("Allowed", values["allows"])
    study, series = asked.get("studyUID", ""), asked.get("seriesUID", "")
    if scope == "study":
        return LinkPermission(allows, study)
    if scope == "series":
        return LinkPermission(allows, study, series)
    if "presentationUID" in asked:  # what it blends may be anywhere in the study; all else of the request is signed
        return LinkPermission(allows, study)
    return LinkPermission(allows, study, series, (asked.get("objectUID", ""),))
