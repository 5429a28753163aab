"""The parameters of a WADO request in one table (PS3.18 8.1-8.2 of the legacy text; section 11: what stands together).

Reading a request, refusing combinations, the canonical query and the conformance statement all go by this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from openwado.protocol import grammar
from openwado.protocol.charset import parse_charset
from openwado.protocol.media import parse_content_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.protocol.media import ResultKind


class Standing(Enum):
    """How a parameter stands beside a kind of result (section 11)."""

    ALLOWED = "allowed"
    WITHOUT_EFFECT = "accepted, without effect"
    LOSSY_ONLY = "only with a lossy transferSyntax"
    REFUSED = "refused"


class Plus(Enum):
    """What a `+` in a parameter's value means (REQ-URI-A.1-2); at either end it is always a space, and dropped."""

    SPACE = "a space"
    LITERAL = "itself: the sign of a number or of its exponent; nowhere else is it valid"
    IN_NAME = "itself inside of a name such as svg+xml, else a space"


@dataclass(frozen=True, slots=True)
class Beside:
    """A row of the combination matrix: one field for each of its columns.

    Attributes:
        dicom, picture, animation, video, text: the kinds of result.
        presentation: beside presentationUID and presentationSeriesUID.
    """

    dicom: Standing
    picture: Standing
    animation: Standing
    video: Standing
    text: Standing
    presentation: Standing

    def kind(self, kind: ResultKind) -> Standing:
        """Return the standing beside a kind of result."""
        standing: Standing = getattr(self, kind)
        return standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter.

    Attributes:
        name: in the standard's spelling; case counts.
        read: takes the decoded value; raises ValueError (or BadRequest with a sentence of its own) if it is not right.
        form: what a right value is, as it ends the sentence "… must be".
        beside: what it may stand beside.
        absent: what it means to leave it out.
        clauses: of the legacy text (L) and of today's (C).
        required: whether every request has it.
        partner: the parameter without which it may not stand.
        plus: what a `+` in its value means.
        images_only: beside an object that is no image it is ignored, where the matrix would refuse it (D-15).
        least, most: of a number; None where nothing bounds it, or the value is no number.
        whole: whether a number has to be whole.
    """

    name: str
    read: Callable[[str], object]
    form: str
    beside: Beside
    absent: str
    clauses: tuple[str, ...]
    required: bool = False
    partner: str | None = None
    plus: Plus = Plus.SPACE
    images_only: bool = False
    least: float | None = None
    most: float | None = None
    whole: bool = False


_YES, _NONE, _NO = Standing.ALLOWED, Standing.WITHOUT_EFFECT, Standing.REFUSED

#                 DICOM  picture  animation  video  text  presentation
_ALWAYS = Beside(_YES, _YES, _YES, _YES, _YES, _YES)
_WORDS = Beside(_YES, _NONE, _NONE, _NONE, _YES, _YES)
_OBJECT = Beside(_YES, _NO, _NO, _NO, _NO, _NO)
_VIEW = Beside(_NO, _YES, _YES, _YES, _NO, _YES)
_WINDOW = Beside(_NO, _YES, _YES, _YES, _NO, _NO)
_FRAME = Beside(_NO, _YES, _YES, _YES, _NO, _YES)  # D-08
_QUALITY = Beside(Standing.LOSSY_ONLY, _YES, _NONE, _YES, _NO, _YES)

_UID_FORM = "a UID: digits and single dots between them, at most 64 characters"

PARAMETERS = (
    Parameter(
        name="requestType",
        read=grammar.read_request_type,
        form="WADO, in capitals",
        beside=_ALWAYS,
        absent="error",
        clauses=("L 8.1.1", "C 9.1.2.1.1"),
        required=True,
    ),
    Parameter(
        name="studyUID",
        read=grammar.read_uid,
        form=_UID_FORM,
        beside=_ALWAYS,
        absent="error",
        clauses=("L 8.1.2", "C 9.1.2.1.2"),
        required=True,
    ),
    Parameter(
        name="seriesUID",
        read=grammar.read_uid,
        form=_UID_FORM,
        beside=_ALWAYS,
        absent="error",
        clauses=("L 8.1.3", "C 9.1.2.1.2"),
        required=True,
    ),
    Parameter(
        name="objectUID",
        read=grammar.read_uid,
        form=_UID_FORM,
        beside=_ALWAYS,
        absent="error",
        clauses=("L 8.1.4", "C 9.1.2.1.2"),
        required=True,
    ),
    Parameter(
        name="contentType",
        read=parse_content_type,
        form="media types separated by commas, each with an optional ;q= from 0 to 1",
        beside=_ALWAYS,
        absent="the default of the object's category",
        clauses=("L 8.1.5", "C 9.1.2.2.1"),
        plus=Plus.IN_NAME,
    ),
    Parameter(
        name="charset",
        read=parse_charset,
        form="names of character sets separated by commas, each with an optional ;q= from 0 to 1",
        beside=_WORDS,
        absent="UTF-8 for text, the stored character set for application/dicom",
        clauses=("L 8.1.6", "C 9.1.2.2.2"),
    ),
    Parameter(
        name="anonymize",
        read=grammar.read_yes,
        form="yes, or left out",
        beside=_OBJECT,
        absent="not anonymized",
        clauses=("L 8.1.7", "C 9.4.1.2.1"),
    ),
    Parameter(
        name="transferSyntax",
        read=grammar.read_transfer_syntax,
        form="one transfer syntax UID, or * for the stored one",
        beside=_OBJECT,
        absent="Explicit VR Little Endian",
        clauses=("L 8.2.11", "C 9.4.2.4"),
    ),
    Parameter(
        name="annotation",
        read=grammar.read_words,
        form="patient, technique, or both with a comma between them",
        beside=_VIEW,
        absent="no text is drawn",
        clauses=("L 8.2.1", "C 8.3.5.1.1"),
    ),
    Parameter(
        name="rows",
        read=grammar.read_positive_integer,
        form="a positive integer",
        beside=_VIEW,
        absent="from columns by the aspect ratio, else as many as the source has",
        clauses=("L 8.2.2", "C 9.5.1.2.4"),
        plus=Plus.LITERAL,
        least=1,
        most=grammar.MAXIMUM_IS,
        whole=True,
    ),
    Parameter(
        name="columns",
        read=grammar.read_positive_integer,
        form="a positive integer",
        beside=_VIEW,
        absent="from rows by the aspect ratio, else as many as the source has",
        clauses=("L 8.2.3", "C 9.5.1.2.4"),
        plus=Plus.LITERAL,
        least=1,
        most=grammar.MAXIMUM_IS,
        whole=True,
    ),
    Parameter(
        name="region",
        read=grammar.read_region,
        form="xmin,ymin,xmax,ymax: four decimals from 0 to 1, each minimum below its maximum",
        beside=_VIEW,
        absent="the whole image, or the displayed area of the presentation state",
        clauses=("L 8.2.4", "C 9.5.1.2.5"),
        plus=Plus.LITERAL,
    ),
    Parameter(
        name="windowCenter",
        read=grammar.read_decimal,
        form="a decimal number of at most 16 characters",
        beside=_WINDOW,
        absent="the image's own window or VOI LUT",
        clauses=("L 8.2.5", "C 9.5.1.2.6"),
        partner="windowWidth",
        plus=Plus.LITERAL,
    ),
    Parameter(
        name="windowWidth",
        read=grammar.read_positive_decimal,
        form="a decimal number above 0 of at most 16 characters",
        beside=_WINDOW,
        absent="the image's own window or VOI LUT",
        clauses=("L 8.2.6", "C 9.5.1.2.6"),
        partner="windowCenter",
        plus=Plus.LITERAL,
    ),
    Parameter(
        name="frameNumber",
        read=grammar.read_positive_integer,
        form="a positive integer: frames are counted from 1",
        beside=_FRAME,
        absent="all frames; the first one for a still picture",
        clauses=("L 8.2.7", "C 9.5.1.2.1"),
        plus=Plus.LITERAL,
        images_only=True,
        least=1,
        most=grammar.MAXIMUM_IS,
        whole=True,
    ),
    Parameter(
        name="imageQuality",
        read=grammar.read_quality_percent,
        form="an integer from 1 to 100",
        beside=_QUALITY,
        absent="the server's default quality",
        clauses=("L 8.2.8", "C 8.3.5.1.2"),
        plus=Plus.LITERAL,
        least=1,
        most=grammar.MAXIMUM_QUALITY,
        whole=True,
    ),
    Parameter(
        name="presentationUID",
        read=grammar.read_uid,
        form=_UID_FORM,
        beside=_VIEW,
        absent="no presentation state is applied",
        clauses=("L 8.2.9", "C 8.3.5.1.6"),
        partner="presentationSeriesUID",
    ),
    Parameter(
        name="presentationSeriesUID",
        read=grammar.read_uid,
        form=_UID_FORM,
        beside=_VIEW,
        absent="no presentation state is applied",
        clauses=("L 8.2.10", "C 8.3.5.1.6"),
        partner="presentationUID",
    ),
)

PARAMETER_BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}

#: Parameters of our own, each off unless the server's settings name it: then it is unknown like any other name
#: (REQ-WEB-8.3-1, REQ-WEB-8.3-5).
EXTENSIONS = (
    Parameter(
        name="bitDepth",
        read=grammar.read_bit_depth,
        form="8 or 16",
        beside=Beside(_NO, _YES, _NO, _NO, _NO, _YES),
        absent="8: bits of a grey level in image/png and image/jp2",
        clauses=("RR-27",),
        plus=Plus.LITERAL,
    ),
    Parameter(
        name="explain",
        read=grammar.read_one,
        form="1, or left out",
        beside=_ALWAYS,
        absent="the answer itself",
        clauses=("docs/monitoring.md",),
    ),
)

#: Extensions that are refused where they are off: an answer of another kind than the one asked for would mislead.
REFUSED_WHERE_OFF = frozenset({"explain"})

EXTENSION_BY_NAME = {parameter.name: parameter for parameter in EXTENSIONS}

#: All that a request may be asked with.
EVERY_PARAMETER = (*PARAMETERS, *EXTENSIONS)

#: Parameters of pictures that no DICOM result takes: they ask for a picture where contentType is absent (section 11).
PICTURE_ONLY = frozenset(row.name for row in EVERY_PARAMETER if row.beside.dicom is _NO and row.beside.picture is _YES)

#: Parameters that have no business beside presentationUID, whatever the object is.
REFUSED_BESIDE_PRESENTATION = tuple(row.name for row in PARAMETERS if row.beside.presentation is _NO)

#: Words that annotation knows (REQ-URI-8.2.1-1).
ANNOTATION_KEYWORDS = frozenset({"patient", "technique"})

#: Words of our own that it knows where that is switched on, and the name of the switch (REQ-URI-8.2.1-8).
ANNOTATION_EXTENSIONS = frozenset({"orientation", "scale"})
ANNOTATION_SWITCH = "annotation"
