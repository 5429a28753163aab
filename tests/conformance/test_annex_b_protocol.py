"""Section 16: the examples of annex B as far as the protocol decides them."""

from __future__ import annotations

from openwado.protocol.category import ObjectCategory
from openwado.protocol.charset import choose_charset, parse_accept_charset
from openwado.protocol.negotiate import check_combination, select_representation
from openwado.protocol.request import Region, Window, parse_request

UIDS = (
    "requestType=WADO&studyUID=1.2.250.1.59.40211.12345678.678910"
    "&seriesUID=1.2.250.1.59.40211.789001276.14556172.67789"
    "&objectUID=1.2.250.1.59.40211.2678810.87991027.899772.2"
)
STILLS = ("image/jpeg", "image/png", "image/gif", "image/jp2", "application/dicom")


def test_annex_b_1() -> None:
    """B.1: nothing but the UIDs gives a JPEG of a single-frame image."""
    request = parse_request(UIDS)
    representation = select_representation(request, ObjectCategory.SINGLE_FRAME, STILLS, None)
    check_combination(request, representation)
    assert representation.media_type == "image/jpeg"


def test_annex_b_2() -> None:
    """B.2: a structured report with charset=UTF-8 gives HTML in UTF-8."""
    request = parse_request(f"{UIDS}&charset=UTF-8")
    types = ("text/html", "text/plain", "application/dicom")
    representation = select_representation(request, ObjectCategory.SR, types, None)
    check_combination(request, representation)
    assert representation.media_type == "text/html"
    assert choose_charset(request.charset, parse_accept_charset(None), ("ISO-8859-1", "UTF-8")) == "UTF-8"


def test_annex_b_3() -> None:
    """B.3: all parameters are read, with `;` unescaped in contentType; JP2 is preferred to JPEG."""
    request = parse_request(
        f"{UIDS}&contentType=image%2Fjp2;level=1,image%2Fjpeg;q=0.5&annotation=patient,technique&columns=400"
        "&rows=300&region=0.3,0.4,0.5,0.5&windowCenter=-1000&windowWidth=2500"
    )
    assert (request.rows, request.columns) == (300, 400)
    assert request.region == Region(0.3, 0.4, 0.5, 0.5)
    assert request.window == Window(-1000.0, 2500.0)
    assert request.annotation == ("patient", "technique")
    for types, selected in ((STILLS, "image/jp2"), (("image/jpeg", "application/dicom"), "image/jpeg")):
        representation = select_representation(request, ObjectCategory.SINGLE_FRAME, types, "*/*")
        check_combination(request, representation)
        assert representation.media_type == selected


def test_annex_b_4() -> None:
    """B.4: anonymize and transferSyntax go with application/dicom."""
    request = parse_request(
        f"{UIDS}&contentType=application%2Fdicom&anonymize=yes&transferSyntax=1.2.840.10008.1.2.4.50"
    )
    representation = select_representation(request, ObjectCategory.SINGLE_FRAME, STILLS, None)
    check_combination(request, representation)
    assert representation.kind == "dicom"
    assert request.anonymize
    assert request.transfer_syntax == "1.2.840.10008.1.2.4.50"
