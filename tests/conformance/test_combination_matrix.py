"""Section 11: which parameters may stand beside which result, and a copy of the matrix as it is specified."""

from __future__ import annotations

import pytest

from openwado.errors import BadRequest
from openwado.protocol.category import ObjectCategory
from openwado.protocol.negotiate import LOSSY_TRANSFER_SYNTAXES, Representation, check_combination
from openwado.protocol.parameters import PARAMETER_BY_NAME, PARAMETERS
from openwado.protocol.request import parse_request

UIDS = "requestType=WADO&studyUID=1.2.3&seriesUID=1.2.3.4&objectUID=1.2.3.4.5"

RESULTS = {
    "dicom": Representation("application/dicom", "dicom", None, ObjectCategory.SINGLE_FRAME),
    "picture": Representation("image/jpeg", "picture", 1, ObjectCategory.SINGLE_FRAME),
    "animation": Representation("image/gif", "animation", None, ObjectCategory.MULTI_FRAME),
    "video": Representation("video/mpeg", "video", None, ObjectCategory.VIDEO),
    "text": Representation("text/html", "text", None, ObjectCategory.SR),
}

#: The columns of section 11 in its order: y allowed or without effect, n refused.
MATRIX = {
    "contentType=image/png": "yyyyy",
    "charset=UTF-8": "yyyyy",
    "transferSyntax=1.2.840.10008.1.2.4.70": "ynnnn",
    "anonymize=yes": "ynnnn",
    "annotation=patient": "nyyyn",
    "rows=5": "nyyyn",
    "columns=5": "nyyyn",
    "region=0,0,0.5,0.5": "nyyyn",
    "windowCenter=1&windowWidth=2": "nyyyn",
    "frameNumber=1": "nyyyy",
    "imageQuality=5": "nyyyn",
    "presentationUID=1.9.1&presentationSeriesUID=1.9": "nyyyn",
}


@pytest.mark.parametrize("rest", MATRIX)
@pytest.mark.parametrize("kind", RESULTS)
def test_section_11_matrix(rest: str, kind: str) -> None:
    """Each cell of the matrix: refused by the name of its parameter, or not refused."""
    request = parse_request(f"{UIDS}&{rest}")
    if MATRIX[rest][list(RESULTS).index(kind)] == "y":
        check_combination(request, RESULTS[kind])
    else:
        with pytest.raises(BadRequest) as caught:
            check_combination(request, RESULTS[kind])
        assert caught.value.parameter == rest.partition("=")[0]
        assert caught.value.parameter in caught.value.public


def test_section_11_names_every_parameter() -> None:
    """The matrix of this test and the parameter table name the same parameters."""
    in_matrix = {pair.partition("=")[0] for rest in MATRIX for pair in rest.split("&")}
    assert in_matrix | {"requestType", "studyUID", "seriesUID", "objectUID"} == set(PARAMETER_BY_NAME)
    assert len(PARAMETERS) == len(PARAMETER_BY_NAME) == 18


def test_req_uri_8_2_8_3_image_quality_with_a_lossy_transfer_syntax() -> None:
    """REQ-URI-8.2.8-3: beside application/dicom only with a transferSyntax that names a lossy syntax."""
    for uid in LOSSY_TRANSFER_SYNTAXES:
        check_combination(parse_request(f"{UIDS}&imageQuality=5&transferSyntax={uid}"), RESULTS["dicom"])
    for uid in ("*", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.80", "1.2.3"):
        with pytest.raises(BadRequest, match="imageQuality"):
            check_combination(parse_request(f"{UIDS}&imageQuality=5&transferSyntax={uid}"), RESULTS["dicom"])


def test_tr_6_lossy_transfer_syntaxes() -> None:
    """TR-6: the lossy syntaxes of the table of section 7 are known as such, the lossless ones are not."""
    root = "1.2.840.10008.1.2.4."
    lossy = ("50", "51", "81", "91", "93", "112", "203", "100", "103.1", "106", "108")
    lossless = ("57", "70", "80", "90", "92", "110", "201", "202")
    assert {root + number for number in lossy} <= LOSSY_TRANSFER_SYNTAXES
    assert LOSSY_TRANSFER_SYNTAXES.isdisjoint(root + number for number in lossless)


def test_d_15_frame_number_on_what_is_no_image() -> None:
    """D-15 as ISO 17432 reads: frameNumber is ignored there, other image parameters are refused."""
    ecg = Representation("application/dicom", "dicom", None, ObjectCategory.OTHER)
    check_combination(parse_request(f"{UIDS}&frameNumber=3"), ecg)
    for rest in ("rows=5", "windowCenter=1&windowWidth=2", "imageQuality=5", "region=0,0,0.5,0.5"):
        with pytest.raises(BadRequest):
            check_combination(parse_request(f"{UIDS}&{rest}"), ecg)


def test_req_uri_8_1_7_2_anonymize_beside_a_picture_is_never_ignored() -> None:
    """REQ-URI-8.1.7-2: the sentence says how to get a de-identified object."""
    with pytest.raises(BadRequest, match="contentType=application/dicom"):
        check_combination(parse_request(f"{UIDS}&anonymize=yes"), RESULTS["picture"])
