"""Presentation contexts that are accepted: all SOP Classes of storage, known or not, and Verification (PS3.4 B.5)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from pydicom._uid_dict import UID_dictionary  # its names and kinds, which `UID` gives for one that it knows only
from pynetdicom.presentation import PresentationContext
from pynetdicom.service_class import (
    NonPatientObjectStorageServiceClass,
    ServiceClass,
    StorageServiceClass,
)
from pynetdicom.sop_class import uid_to_service_class

from openwado.dicom.codecs import CODECS
from openwado.dicom.transfer_syntaxes import IMPLICIT_VR_LITTLE_ENDIAN
from openwado.dicom.undecoded import REFERENCED, UNDECODED

if TYPE_CHECKING:
    from collections.abc import Iterable

VERIFICATION: Final = "1.2.840.10008.1.1"

# Results for a presentation context (PS3.8 table 9-18).
ACCEPTED, ABSTRACT_SYNTAX_NOT_SUPPORTED, TRANSFER_SYNTAXES_NOT_SUPPORTED = 0, 3, 4

#: What objects may be sent in: whatever can be decoded, or can at least be sent on as it is stored.
TRANSFER_SYNTAXES: Final = frozenset(CODECS) | (frozenset(UNDECODED) - REFERENCED)

_STORAGE = (StorageServiceClass, NonPatientObjectStorageServiceClass)
_STANDARD_ROOT: Final = "1.2.840.10008."
#: Is never sent as an object (PS3.4 annex I).
_MEDIA_STORAGE_DIRECTORY: Final = "1.2.840.10008.1.3.10"


def negotiate(proposed: Iterable[PresentationContext]) -> list[PresentationContext]:
    """Return a result for every proposed presentation context, each with the first transfer syntax that is taken."""
    return [_result(context) for context in proposed]


@cache
def is_storage(sop_class_uid: str) -> bool:
    """Return whether objects of a SOP Class are stored: those of storage, of other roots, and of later editions."""
    service = uid_to_service_class(sop_class_uid)
    if service in _STORAGE:
        return True
    if service is not ServiceClass or sop_class_uid == _MEDIA_STORAGE_DIRECTORY:
        return False
    known = UID_dictionary.get(sop_class_uid)
    if known is None or not sop_class_uid.startswith(_STANDARD_ROOT):
        return True
    name, kind = known[0], known[1]
    return kind == "SOP Class" and "Storage" in name


def _result(proposed: PresentationContext) -> PresentationContext:
    context = PresentationContext()
    context.context_id = proposed.context_id
    abstract_syntax = str(proposed.abstract_syntax)
    syntaxes = [str(uid) for uid in proposed.transfer_syntax]
    chosen = next((uid for uid in syntaxes if uid in TRANSFER_SYNTAXES), "")
    if abstract_syntax != VERIFICATION and not is_storage(abstract_syntax):
        context.result = ABSTRACT_SYNTAX_NOT_SUPPORTED
    else:
        context.result = ACCEPTED if chosen else TRANSFER_SYNTAXES_NOT_SUPPORTED
    # Of a context that is not accepted nobody looks at the transfer syntax, yet one has to be there (PS3.8 9.3.3.2).
    context.transfer_syntax = [chosen or IMPLICIT_VR_LITTLE_ENDIAN]
    context.abstract_syntax = proposed.abstract_syntax
    return context
