"""The use case above the door: from the text of a query to a job, without HTTP and without reading a pixel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from openwado.access.permission import narrowing
from openwado.access.rights import READING, required_right
from openwado.dicom.object_wishes import AS_STORED, ObjectWishes
from openwado.dicom.sent_syntax import leaves_as
from openwado.dicom.state_kinds import OF_SEVERAL_IMAGES
from openwado.dicom.stream_syntax import is_video
from openwado.dicom.transfer_syntaxes import (
    EXPLICIT_VR_LITTLE_ENDIAN,
)
from openwado.document_requests import document_job, document_version
from openwado.documents import TEXT_TYPES, is_native
from openwado.errors import BadRequest, Gone, NotAcceptable, NotFound, NotSupported
from openwado.jobs import DocumentJob, MotionJob, ObjectJob, PictureJob
from openwado.lanes import Lane, RetrieveLimits, lane_of, picture_lane
from openwado.motion_requests import check_motion, motion_job, video_job
from openwado.observe.stages import stage
from openwado.produce import producible_types
from openwado.protocol.canonical import canonical_query, rendition_key
from openwado.protocol.category import categorize, check_frame_number
from openwado.protocol.charset import (
    defined_terms,
    object_charset,
    text_charset,
)
from openwado.protocol.negotiate import Reasons, check_combination, select_representation
from openwado.protocol.request import parse_request
from openwado.refusals import with_reason
from openwado.render.encode import check_bit_depth
from openwado.render.rendering_choices import STANDARD_CHOICES, RenderingChoices
from openwado.seen_archive import archive_for, seen_archive
from openwado.superimposed import superimposed_images

if TYPE_CHECKING:
    from openwado.access.permission import Permission
    from openwado.archive.archive import Archive
    from openwado.archive.index import IndexedInstance
    from openwado.dicom.deidentification import Deidentification
    from openwado.dicom.instance import Instance
    from openwado.jobs import Job, SuperimposedImage
    from openwado.protocol.negotiate import Representation
    from openwado.protocol.request import WadoRequest


#: Kinds of results that are made of all frames.
_MOVING = frozenset({"animation", "video"})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request understood: what will be made, where, and what may be said about it before it is made.

    Attributes:
        instance: the object's record.
        job: what to make.
        lane: where to make it.
        media_type: of the answer.
        etag: quoted strong entity tag.
        content_location: path and query that name exactly this rendition; "" where they may not be told (AN-10).
        warnings: texts for `Warning: 299`.
        file_name: to save the answer under, "" for the object's UID.
        reasons: what it was decided by, where that is asked for.
    """

    instance: Instance
    job: Job
    lane: Lane
    media_type: str
    etag: str
    content_location: str
    warnings: tuple[str, ...]
    file_name: str = ""
    reasons: Reasons | None = None


class Retriever:
    """Prepares answers.

    Args:
        archive: where objects are found.
        service_path: path of the WADO service, for Content-Location.
        renderer_version: part of every ETag, so that a new program does not confirm an old one's pictures.
        limits: bounds of a request.
        choices: what the server decides where the standard leaves it open; part of the ETags of pictures.
        extensions: query parameters of our own that are switched on.
        deidentification: how objects are anonymized; None: they are not.
    """

    def __init__(  # noqa: PLR0913 -- what a server decides, one argument each
        self,
        archive: Archive,
        *,
        service_path: str,
        renderer_version: str,
        limits: RetrieveLimits,
        choices: RenderingChoices = STANDARD_CHOICES,
        extensions: frozenset[str] = frozenset(),
        deidentification: Deidentification | None = None,
    ) -> None:
        self._archive = archive
        self._service_path = service_path
        self._renderer_version = renderer_version
        self._limits = limits
        self._choices = choices
        self._picture_version = f"{renderer_version}/{choices}"
        self.extensions = extensions
        self._deidentification = deidentification

    def prepare(
        self,
        query: str,
        accept: str | None,
        accept_charset: str | None,
        accept_language: str | None = None,
        permission: Permission | None = None,
    ) -> Prepared:
        """Understand a request (PS3.18 9.4, 9.5; the whole of it above the door).

        Args:
            query: the raw query, without the question mark.
            accept: the Accept header field's value.
            accept_charset: the Accept-Charset header field's value.
            accept_language: the Accept-Language header field's value.
            permission: of who asks; None: for everything.

        Raises:
            BadRequest: a parameter is wrong or stands beside one that it may not.
            NotFound, Gone: no such object (any more).
            NotAcceptable: nothing acceptable can be made.
            NotSupported: the request is right, but asks for what this server does not do.
            Forbidden: the object may be known of, but not had so.
        """
        request = parse_request(query, self.extensions)
        limit = narrowing(permission)
        with stage("locate"):
            located = seen_archive(self._archive, limit, READING).locate(
                request.study_uid, request.series_uid, request.object_uid
            )
        instance = located.instance
        request = check_frame_number(request, instance.family, instance.number_of_frames)
        category = categorize(
            family=instance.family,
            number_of_frames=instance.number_of_frames,
            transfer_syntax_uid=instance.transfer_syntax_uid,
            time_based=instance.time_based,
            frame_number=request.frame_number,
        )
        producible = producible_types(instance, category)
        try:
            representation = select_representation(request, category, producible, accept)
        except NotAcceptable as error:
            raise with_reason(error, instance) from None
        right = required_right(representation.kind, anonymize=request.anonymize)
        archive = archive_for(self._archive, limit, right, located)
        check_combination(request, representation)
        charset = None
        if representation.kind == "dicom":  # named as it leaves: one object, one tag
            charset = object_charset(request.charset, accept_charset, instance.specific_character_set)
            target, quality = leaves_as(
                request.transfer_syntax, request.image_quality, instance, anonymize=request.anonymize
            )
            request = replace(request, transfer_syntax=target, image_quality=quality)
        elif representation.media_type in TEXT_TYPES and not is_native(instance, representation.media_type):
            charset = text_charset(request.charset, accept_charset, representation.charset)
        job, lane = self._job(archive, request, located, representation, charset, accept_language)
        query = canonical_query(request, representation, charset=charset)
        return Prepared(
            instance=instance,
            job=job,
            lane=lane_of(lane, job, self._limits),
            media_type=representation.media_type,
            etag=rendition_key(
                _versions(job), query, renderer_version=self._version_of(representation, anonymize=request.anonymize)
            ),
            content_location="" if request.anonymize else f"{self._service_path}?{query}",
            warnings=request.warnings,
            file_name="anonymized" if request.anonymize else "",
            reasons=Reasons(request, accept, producible, representation) if request.explain else None,
        )

    def _version_of(self, representation: Representation, *, anonymize: bool) -> str:
        """Return the program, and for pictures its choices: an object is the same whatever is chosen about pictures.

        The tags of anonymized objects are keyed, so that nobody finds the object by trying (AN-10).
        """
        if anonymize and self._deidentification is not None:
            rules = msgspec.json.encode(self._deidentification.rules).decode()
            return f"{self._renderer_version}/{self._deidentification.key.hex()}/{rules}"
        return self._renderer_version if representation.kind == "dicom" else self._picture_version

    def _job(  # noqa: PLR0913, PLR0917 -- what is asked for, and where it is looked for
        self,
        archive: Archive,
        request: WadoRequest,
        located: IndexedInstance,
        representation: Representation,
        charset: str | None,
        accept_language: str | None,
    ) -> tuple[Job, Lane]:
        if representation.kind == "dicom":
            return self._object_job(archive, request, located, charset)
        if not representation.category.is_image:
            return document_job(archive, located.instance, representation.media_type, charset, accept_language)
        return self._picture_job(archive, request, located, representation)

    def _object_job(
        self, archive: Archive, request: WadoRequest, located: IndexedInstance, charset: str | None
    ) -> tuple[Job, Lane]:
        instance = located.instance
        deidentification = self._deidentification if request.anonymize else None
        if request.anonymize and deidentification is None:
            raise NotSupported("This server does not anonymize.", parameter="anonymize")
        target = request.transfer_syntax or EXPLICIT_VR_LITTLE_ENDIAN
        as_stored = target == instance.transfer_syntax_uid and request.image_quality is None
        wishes = ObjectWishes(
            transfer_syntax="" if as_stored else target,
            image_quality=request.image_quality,
            charset=charset or "",
            character_set=defined_terms(charset) or () if charset else (),
            deidentification=deidentification,
        )
        if wishes == AS_STORED:
            return ObjectJob(instance=instance), Lane.PLAIN
        encapsulated = instance.pixels is not None and instance.pixels.encapsulated
        entries = archive.frames(located) if encapsulated and not is_video(instance.transfer_syntax_uid) else ()
        return ObjectJob(instance=instance, wishes=wishes, entries=entries), Lane.CODEC

    def _picture_job(
        self, archive: Archive, request: WadoRequest, located: IndexedInstance, representation: Representation
    ) -> tuple[Job, Lane]:
        instance = located.instance
        if representation.kind == "video" and is_video(instance.transfer_syntax_uid):
            return video_job(instance, representation.media_type, request.present)
        frame_number = representation.frame_number or 1
        entry, frame_attributes = archive.frame(located, frame_number)
        moves = representation.kind in _MOVING
        if moves:
            check_motion(instance, self._limits)
        else:
            check_bit_depth(representation.media_type, request.bit_depth)
        window, region = request.window, request.region
        state = _presentation_state(archive, request)
        superimposed: tuple[SuperimposedImage, ...] = ()
        if state is not None and state.instance.sop_class_uid in OF_SEVERAL_IMAGES:
            superimposed = superimposed_images(archive, state, instance, frame_number)
        encapsulated = instance.pixels is not None and instance.pixels.encapsulated
        job = PictureJob(
            instance=instance,
            entry=entry,
            frame_number=frame_number,
            frame_attributes=frame_attributes,
            media_type=representation.media_type,
            window=None if window is None else (window.center, window.width),
            region=None if region is None else (region.xmin, region.ymin, region.xmax, region.ymax),
            rows=request.rows,
            columns=request.columns,
            image_quality=request.image_quality,
            bit_depth=request.bit_depth,
            choices=self._choices,
            annotation=request.annotation or (),
            presentation_state=None if state is None else state.instance,
            superimposed=superimposed,
            entries=archive.frames(located) if moves or (state is not None and encapsulated) else (),
            max_output_pixels=self._limits.max_output_pixels,
        )
        if moves:
            return motion_job(archive, located, job, self._limits)
        return job, picture_lane(job, self._limits)


def _presentation_state(archive: Archive, request: WadoRequest) -> IndexedInstance | None:
    """Find the presentation state that a request names, in its study (REQ-URI-8.2.9-2, -3; D-17)."""
    named = request.presentation
    if named is None:
        return None
    try:
        return archive.locate(request.study_uid, named.series_uid, named.object_uid)
    except (NotFound, Gone):
        raise BadRequest(
            "There is no presentation state with these UIDs in the study.", parameter="presentationUID"
        ) from None


def _versions(job: Job) -> str:
    """Return the versions of all stored bytes that an answer is made of."""
    if isinstance(job, DocumentJob):
        return document_version(job)
    if isinstance(job, MotionJob):
        return _versions(job.still)
    if not isinstance(job, PictureJob) or job.presentation_state is None:
        return job.instance.version
    others = (job.presentation_state, *(image.instance for image in job.superimposed))
    return "/".join(instance.version for instance in (job.instance, *others))
