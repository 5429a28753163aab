"""An object without who it is about: Basic Profile and Clean Pixel Data Option (PS3.15 annex E; AN-1 … AN-11)."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from openwado.dicom.burned_in import cleaning_of
from openwado.dicom.confidentiality_profile import KINDS, is_dropped_group, profile
from openwado.dicom.deidentification import is_uid, kept_uid, pseudonym, pseudonymous_uid
from openwado.dicom.explicit_element import code_item, dictionary_vr, implicit_vr, text_element
from openwado.dicom.identifiers import Identifiers, identifiers_of
from openwado.dicom.revision import Revision, Verdict
from openwado.dicom.specific_character_set import decode_text
from openwado.dicom.text_conversion import TEXT_VRS
from openwado.errors import NotSupported

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.dicom.attributes import Attributes
    from openwado.dicom.deidentification import Deidentification
    from openwado.dicom.instance import Instance
    from openwado.dicom.revision import Change, Scope

_PATIENT_ID: Final = 0x00100020
_IDENTITY_REMOVED: Final = 0x00120062
_METHOD: Final = 0x00120063
_METHOD_CODES: Final = 0x00120064
_BURNED_IN_ANNOTATION: Final = 0x00280301
_LONGITUDINAL: Final = 0x00280303
_DOCUMENTS: Final = frozenset({"text", "encapsulated"})
_CONTENT_SEQUENCE: Final = 0x0040A730
_ENCAPSULATED_DOCUMENT: Final = 0x00420011
#: Voices tell who speaks, and what they say (Basic Voice Audio, General Audio Waveform Storage).
_AUDIO: Final = frozenset({"1.2.840.10008.5.1.4.1.1.9.4.1", "1.2.840.10008.5.1.4.1.1.9.4.2"})

Treatment = Literal[
    "removed",
    "emptied",
    "a dummy value",
    "a dummy code",
    "a pseudonym",
    "another UID",
    "kept",
    "kept, its items treated",
]

METHOD: Final = "openwado: PS3.15 Basic Profile, Clean Pixel Data Option"

#: Values that say nothing, by VR; of the VRs that are left out there is none that could be needed.
DUMMIES: Final = {
    "AE": "ANONYMOUS",
    "AS": "000Y",
    "CS": "ANONYMIZED",
    "DA": "19000101",
    "DS": "0",
    "DT": "19000101000000",
    "IS": "0",
    "LO": "ANONYMIZED",
    "LT": "ANONYMIZED",
    "PN": "ANONYMOUS",
    "SH": "ANONYMIZED",
    "ST": "ANONYMIZED",
    "TM": "000000",
    "UC": "ANONYMIZED",
    "UT": "ANONYMIZED",
}
#: VRs of values that go wherever no table says that they stay (AN-5).
_GONE: Final = frozenset({"DA", "TM", "DT", "UN", "UR", "AE"})
#: VRs of bulk data, in which nobody looks for text.
_BULK: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW"})
#: What values of a VR are made of (PS3.5 6.2); where one is not, it is free text.
_GRAMMAR: Final = {
    "AS": re.compile(rb"[0-9]{3}[DWMY]"),
    "CS": re.compile(rb"[A-Z0-9 _]{0,17}(?:\\[A-Z0-9 _]{0,17})*\0*"),
    "DS": re.compile(rb"[0-9+\-eE. \\]*\0*"),
    "IS": re.compile(rb"[0-9+\-. \\]*\0*"),
}
_PIXELS: Final = 0x7FE0
#: What is taken off around values, here and where they are read.
_PADDING: Final = " \0\t\r\n"


def deidentified(instance: Instance, attributes: Attributes, deidentification: Deidentification) -> Revision:
    """Return what changes about an object so that nobody knows who it is about.

    Args:
        instance: its record.
        attributes: of its data set.
        deidentification: key and rules.

    Raises:
        NotSupported: it is a document or recorded sound, which say what no rule can find (AN-8), or a video; or of no
            SOP Class.
        Forbidden: its pixels may say it (AN-6).
    """
    if _CONTENT_SEQUENCE in attributes or _ENCAPSULATED_DOCUMENT in attributes or instance.family in _DOCUMENTS:
        raise NotSupported(
            "Reports and encapsulated documents are not anonymized: what their text says about people cannot be found "
            "reliably.",
            parameter="anonymize",
        )
    if instance.sop_class_uid in _AUDIO:
        raise NotSupported(
            "Recorded sound is not anonymized: a voice tells who speaks, and may name anybody.", parameter="anonymize"
        )
    if instance.sop_class_uid and not is_uid(instance.sop_class_uid):
        raise NotSupported("An object whose SOP Class UID is no UID is not anonymized.", parameter="anonymize")
    was_removed = attributes.text(_IDENTITY_REMOVED) == "YES"
    key = deidentification.key
    uid_of = partial(kept_uid if was_removed else pseudonymous_uid, key)  # REQ-URI-8.1.7-3, AN-9
    replaced = {
        _IDENTITY_REMOVED: text_element(_IDENTITY_REMOVED, "CS", "YES"),
        **({} if _has_method(attributes) else {_METHOD: text_element(_METHOD, "LO", METHOD)}),
        _LONGITUDINAL: text_element(_LONGITUDINAL, "CS", "REMOVED"),
    }
    cleaning = None
    if instance.pixels is not None:
        cleaning = cleaning_of(attributes, deidentification)
        replaced[_BURNED_IN_ANNOTATION] = text_element(_BURNED_IN_ANNOTATION, "CS", "NO")
    codes = code_item("113100", "DCM", "Basic Application Confidentiality Profile")
    codes += code_item("113101", "DCM", "Clean Pixel Data Option")
    scope = _Deidentifying(key, uid_of, identifiers_of(attributes), attributes.character_set())
    return Revision(
        sop_instance_uid=uid_of(instance.sop_instance_uid),
        scope=scope,
        replaced=replaced,
        added_items={_METHOD_CODES: codes},
        cleaning=cleaning,
        uid_of=uid_of,
        is_deidentified=True,
    )


def treatment(tag: int, vr: str) -> Treatment:
    """Return what becomes of an attribute, for people.

    Args:
        tag: of it.
        vr: that it is written with.
    """
    change = _Deidentifying(b"", partial(pseudonymous_uid, b""), Identifiers(), ()).change(tag, vr)
    if isinstance(change, Verdict):
        return "removed" if change is Verdict.DROPPED else "kept, its items treated" if vr == "SQ" else "kept"
    if isinstance(change, partial):
        return "another UID" if change.func is _remapped else "a dummy value"
    if change is _code_items:
        return "a dummy code"
    return "emptied" if change is _emptied else "a pseudonym"


class _Deidentifying:
    """The scope of a data set or item.

    Args:
        key: of pseudonyms.
        uid_of: what UIDs become.
        identifiers: what names somebody, wherever it stands.
        character_set: the values of Specific Character Set that are in force.
    """

    def __init__(
        self,
        key: bytes,
        uid_of: Callable[[str], str],
        identifiers: Identifiers,
        character_set: tuple[str, ...],
    ) -> None:
        self._key = key
        self._uid_of = uid_of
        self._identifiers = identifiers
        self._character_set = character_set

    def inner(self, attributes: Attributes) -> Scope:
        """Return the same for an item (AN-1)."""
        character_set = attributes.character_set() or self._character_set
        return _Deidentifying(self._key, self._uid_of, self._identifiers, character_set)

    def change(self, tag: int, vr: str) -> Change:
        """Do what the table says, and where it says nothing what the VR suggests (AN-5)."""
        if is_dropped_group(tag) or tag >> 16 == _PIXELS:  # the object's own pixels are written elsewhere
            return Verdict.DROPPED
        action = profile().get(tag)
        if action == "X":
            return Verdict.DROPPED
        if action == "Z":
            return _emptied
        if action == "U":
            return self._uids(vr)
        if action == "D":
            return self._dummy(tag, vr)
        return self._unlisted(tag, vr)

    def _uids(self, vr: str) -> Change:
        if vr == "SQ":
            return Verdict.KEPT
        return partial(_remapped, self._uid_of) if vr == "UI" or vr in TEXT_VRS else Verdict.DROPPED

    def _dummy(self, tag: int, vr: str) -> Change:
        if vr == "SQ":
            return _code_items if "Code" in _keyword(tag) else Verdict.DROPPED
        if vr == "UI":
            return self._uids(vr)
        if tag == _PATIENT_ID:
            return self._pseudonym
        text = DUMMIES.get(vr)
        return Verdict.DROPPED if text is None else partial(_filled, text)

    def _unlisted(self, tag: int, vr: str) -> Change:
        if vr in _GONE or not _is_of_its_kind(tag, vr):
            return Verdict.DROPPED
        if tag == _METHOD and vr == "LO":
            return self._with_method
        if vr == "PN":
            return partial(_filled, DUMMIES[vr])
        if vr == "UI":
            return partial(_remapped, partial(kept_uid, self._key)) if tag in KINDS else self._uids(vr)
        return partial(self._scrubbed, vr) if vr in TEXT_VRS or vr in _GRAMMAR else Verdict.KEPT

    def _pseudonym(self, value: bytes) -> bytes:
        text = decode_text(value, self._character_set)
        return _filled(pseudonym(self._key, text), value) if text else b""

    def _scrubbed(self, vr: str, value: bytes) -> bytes:
        """Return a text that stays unless it names somebody who is named elsewhere in the object."""
        grammar = _GRAMMAR.get(vr)
        if grammar is not None and grammar.fullmatch(value):
            return value
        named = self._identifiers.are_in(decode_text(value, self._character_set))
        return _filled(DUMMIES[vr], value) if named else value

    def _with_method(self, value: bytes) -> bytes:
        """Return a De-identification Method with ours behind what was there (AN-2)."""
        before, method = self._scrubbed("LO", value).strip(b" \0"), METHOD.encode()
        written = method if not before else before if method in before else before + b"\\" + method
        return written + b" " * (len(written) % 2)


def _is_of_its_kind(tag: int, vr: str) -> bool:
    """Say whether an attribute is known, and not written as bulk data that it is not."""
    known = dictionary_vr(tag)
    return known != "UN" and (vr not in _BULK or not _BULK.isdisjoint(known.split(" or ")))


def _remapped(uid_of: Callable[[str], str], value: bytes) -> bytes:
    uids = value.decode("latin-1").split("\\")
    written = "\\".join(uid_of(uid.strip(_PADDING)) for uid in uids).encode("ascii")
    return written + bytes(len(written) % 2)


def _keyword(tag: int) -> str:
    from pydicom.datadict import keyword_for_tag  # noqa: PLC0415 -- heavy

    return keyword_for_tag(tag)


def _emptied(_value: bytes) -> bytes:
    return b""


def _code_items(_value: bytes) -> bytes:
    return code_item("ANONYMIZED", "99OPENWADO", "Anonymized")


def _filled(text: str, value: bytes) -> bytes:
    """Return a dummy where there was a value; what was empty stays so."""
    if not value.strip(b" \0"):
        return b""
    return text.encode() + b" " * (len(text) % 2)


def _has_method(attributes: Attributes) -> bool:
    """Say whether there is a De-identification Method that ours can be appended to."""
    element = attributes.elements.get(_METHOD)
    if element is None or element.undefined:
        return False
    return (element.vr or implicit_vr(_METHOD, signed=False)) in ("LO", "UN")
