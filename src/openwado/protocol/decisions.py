"""Where editions of the text disagree or contradict themselves: what was decided, in one table (section 1)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision.

    Attributes:
        number: its number in the specification, D-nn.
        point: what is decided.
        iso: what this server does: the reading of ISO 17432 and the legacy text.
        current: what today's text asks for instead; "" where one behaviour serves both.
    """

    number: str
    point: str
    iso: str
    current: str = ""

    @property
    def is_switched(self) -> bool:
        """Whether no single behaviour satisfies both editions."""
        return bool(self.current)


_ROWS = (
    Decision("D-01", "request without an Accept header field", "treated as */*"),
    Decision(
        "D-02", "contentType entries that Accept does not cover", "dropped; with none left, as if none were supported"
    ),
    Decision(
        "D-03",
        "application/dicom and rendered types both acceptable",
        "refused with 400 inside of contentType; negotiated by q inside of Accept",
        "refused with 400 also where Accept alone lists both explicitly and contentType is absent",
    ),
    Decision(
        "D-04",
        "no contentType",
        "image/jpeg for single-frame images, text/html for structured reports, else application/dicom",
        "image/jpeg for all images, text/html for all text objects, else application/dicom",
    ),
    Decision(
        "D-05",
        "contentType names only types that cannot be made",
        "text/html for structured reports if Accept allows it, else 406",
        "the Accept header field decides within the kind of result asked for",
    ),
    Decision(
        "D-06", "still picture of a multi-frame image without frameNumber", "the first frame, named in the answer"
    ),
    Decision(
        "D-07",
        "frameNumber on a single-frame image",
        "1 is accepted, other numbers are ignored",
        "1 is accepted, other numbers are refused with 400",
    ),
    Decision("D-08", "frameNumber beside presentationUID", "allowed", "refused with 400"),
    Decision("D-09", "region beside presentationUID", "allowed: cut after the presentation state is applied"),
    Decision("D-10", "only one of rows and columns", "allowed: the other one follows from the aspect ratio"),
    Decision(
        "D-11",
        "transferSyntax that is valid but cannot be made",
        "Explicit VR Little Endian instead",
        "refused with 406 and the list of those that can",
    ),
    Decision("D-12", "several values in transferSyntax", "refused with 400: one UID, or * for the stored one"),
    Decision("D-13", "annotation beside application/dicom", "refused with 400"),
    Decision(
        "D-14",
        "annotation keywords that are not known",
        "ignored with Warning 299; an empty or malformed list is refused with 400",
    ),
    Decision(
        "D-15",
        "image parameters on objects that are no images",
        "refused with 400, but frameNumber is ignored",
        "refused with 400, frameNumber too",
    ),
    Decision("D-16", "name of the annotation parameter", "annotation only"),
    Decision("D-17", "presentation state that is not there", "refused with 400"),
    Decision(
        "D-18",
        "encapsulated documents",
        "category Other: application/dicom unless another type is asked for",
        "category Text: text/html unless another type is asked for",
    ),
    Decision(
        "D-19",
        "lossily stored pixel data without transferSyntax",
        "decompressed to Explicit VR Little Endian; beyond 2**32 - 2 bytes as stored if the request permits, else 406",
    ),
    Decision(
        "D-20", "scope of anonymize", "Basic Application Level Confidentiality Profile with the Clean Pixel Data Option"
    ),
)

DECISIONS = {row.number: row for row in _ROWS}
