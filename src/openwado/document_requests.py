"""Requests for documents: what the maker is told, and what their entity tags depend on."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, cast

import msgspec

from openwado.document.encoding import HAS_CHINESE
from openwado.documents import is_native
from openwado.jobs import DocumentJob
from openwado.lanes import Lane
from openwado.places import referenced_places
from openwado.protocol.language import LANGUAGES, choose_language

if TYPE_CHECKING:
    from openwado.archive.archive import Archive
    from openwado.dicom.instance import Instance
    from openwado.document.labels import Language

#: Types that say the same in every language.
_WITHOUT_LANGUAGE = frozenset({"text/xml"})


def document_job(
    archive: Archive, instance: Instance, media_type: str, charset: str | None, accept_language: str | None
) -> tuple[DocumentJob, Lane]:
    """Return what to make of an object that is no image.

    Args:
        archive: where objects are looked for that a report refers to.
        instance: the record.
        media_type: that was selected.
        charset: of a text, else None.
        accept_language: the Accept-Language header field.
    """
    if is_native(instance, media_type):
        lane = Lane.CODEC if instance.deflated else Lane.PLAIN
        return DocumentJob(instance, media_type, native=True), lane
    fits = charset is None or charset in HAS_CHINESE
    language = choose_language(accept_language) if fits and media_type not in _WITHOUT_LANGUAGE else LANGUAGES[0]
    places = referenced_places(archive, instance) if instance.evidence else {}
    job = DocumentJob(instance, media_type, charset or "", cast("Language", language), places)
    return job, Lane.CODEC


def document_version(job: DocumentJob) -> str:
    """Return what tells one document from the next: the object, the language, and where others are."""
    if job.native:
        return job.instance.version
    told = msgspec.json.encode(sorted(job.places.items()))
    digest = hashlib.blake2b(told, digest_size=16).hexdigest() if job.places else ""
    return f"{job.instance.version}/{job.language}/{job.charset}/{digest}"
