"""Presentation states over HTTP: the errors of their parameters, what they are combined with, and the page."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from pydicom.uid import (
    AdvancedBlendingPresentationStateStorage,
    BlendingSoftcopyPresentationStateStorage,
    XAXRFGrayscaleSoftcopyPresentationStateStorage,
)

from made_states import SERIES, STATES, STUDY, items, write_state
from test_softcopy import CELLS, IMAGE, Pair

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("presentation_states")

OWN = STUDY, SERIES, IMAGE


@pytest.fixture(scope="module")
def server(start_server: Callable[..., RunningServer], tmp_path_factory: pytest.TempPathFactory) -> RunningServer:
    """Start a server over an image, two states of it, one of another image, and one in another study."""
    folder = tmp_path_factory.mktemp("states")
    Pair(folder)
    write_state(folder / "a.dcm", "1.2.30.2.1", IMAGE, ImageRotation=90, ContentDescription="Turned <b>")
    write_state(folder / "b.dcm", "1.2.30.2.2", IMAGE, ContentLabel="PLAIN")
    write_state(folder / "c.dcm", "1.2.30.2.3", "1.2.3.9")
    write_state(folder / "d.dcm", "1.2.30.2.4", IMAGE, StudyInstanceUID="1.2.31", SeriesInstanceUID="1.2.31.1")
    write_state(
        folder / "e.dcm", "1.2.30.2.5", IMAGE, SoftcopyVOILUTSequence=items({"WindowCenter": "50", "WindowWidth": "20"})
    )
    write_blending(folder)
    write_advanced_blending(folder)
    rows = {"ShutterUpperHorizontalEdge": "2", "ShutterLowerHorizontalEdge": "6"}
    shutter = {"ShutterLeftVerticalEdge": "1", "ShutterRightVerticalEdge": "9", "ShutterPresentationValue": 0xFFFF}
    write_state(
        folder / "f.dcm",
        "1.2.30.2.6",
        IMAGE,
        XAXRFGrayscaleSoftcopyPresentationStateStorage,
        FrameDisplayShutterSequence=items({"ShutterShape": "RECTANGULAR", **rows, **shutter}),
    )
    return start_server(folder, "--workers", "1")


def write_blending(folder: Path) -> None:
    """Write a slice, two coloured ones of another study in its space, and a state that blends them."""
    for name, uid, study, place, value in (
        ("under", "1.2.40.1.1", "1.2.40", 0.0, 100),
        ("near", "1.2.41.1.1", "1.2.41", 1.0, 255),
        ("far", "1.2.41.1.2", "1.2.41", 9.0, 0),
    ):
        (folder / name).mkdir()
        Pair(folder / name).write_image(
            np.full((4, 6), value, np.uint8),
            SOPInstanceUID=uid,
            StudyInstanceUID=study,
            SeriesInstanceUID=f"{study}.1",
            FrameOfReferenceUID="1.2.42",
            ImagePositionPatient=[0, 0, place],
            ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
            PixelSpacing=[1, 1],
        )

    def images(study: str, *uids: str) -> list[Any]:
        references_ = items(*({"ReferencedSOPClassUID": "1.2", "ReferencedSOPInstanceUID": uid} for uid in uids))
        return items({"SeriesInstanceUID": f"{study}.1", "ReferencedImageSequence": references_})

    sets = items(
        {
            "BlendingPosition": "UNDERLYING",
            "StudyInstanceUID": "1.2.40",
            "ReferencedSeriesSequence": images("1.2.40", "1.2.40.1.1"),
        },
        {
            "BlendingPosition": "SUPERIMPOSED",
            "StudyInstanceUID": "1.2.41",
            "ReferencedSeriesSequence": images("1.2.41", "1.2.41.1.2", "1.2.41.1.1"),
        },
    )
    palette: dict[str, Any] = {}
    for color, last in (("Red", 200), ("Green", 40), ("Blue", 0)):
        palette[f"{color}PaletteColorLookupTableDescriptor"] = [2, 0, 8]
        palette[f"{color}PaletteColorLookupTableData"] = np.array([0, last], "<u2").tobytes()
    write_state(
        folder / "blend.dcm",
        "1.2.40.2.1",
        "1.2.3",
        BlendingSoftcopyPresentationStateStorage,
        StudyInstanceUID="1.2.40",
        SeriesInstanceUID="1.2.40.2",
        BlendingSequence=sets,
        RelativeOpacity=0.5,
        **palette,
    )


def test_rr_43_blending_takes_the_nearest_image_from_another_study(server: RunningServer) -> None:
    """RR-43, REQ-URI-8.2.9-11: the underlying frame is asked for; the nearest plane of the other set lies over it."""
    own = "1.2.40", "1.2.40.1", "1.2.40.1.1"
    named = {"presentationUID": "1.2.40.2.1", "presentationSeriesUID": "1.2.40.2"}
    response = server.wado(own, contentType="image/png", **named)
    shown = cells(response)
    assert (shown == (150, 70, 50)).all()
    refused = server.wado(("1.2.41", "1.2.41.1", "1.2.41.1.1"), contentType="image/png", **named)
    assert refused.status_code == 400
    page = server.client.get(
        "/studies/1.2.40/series/1.2.40.1/instances/1.2.40.1.1", headers={"Accept": "text/html"}
    ).text
    assert "presentationUID=1.2.40.2.1" in page


def write_advanced_blending(folder: Path) -> None:
    """Write a state that blends an image of one study with the nearest one of a whole series of another."""
    named = items({"ReferencedSOPClassUID": "1.2", "ReferencedSOPInstanceUID": "1.2.40.1.1"})
    inputs = items(
        {"BlendingInputNumber": 1, "StudyInstanceUID": "1.2.41", "SeriesInstanceUID": "1.2.41.1"},
        {
            "BlendingInputNumber": 2,
            "StudyInstanceUID": "1.2.40",
            "SeriesInstanceUID": "1.2.40.1",
            "ReferencedImageSequence": named,
        },
    )
    step = {
        "BlendingMode": "FOREGROUND",
        "RelativeOpacity": 0.25,
        "BlendingDisplayInputSequence": items({"BlendingInputNumber": 1}, {"BlendingInputNumber": 2}),
    }
    for uid, study, geometry in (
        ("1.2.40.2.2", "1.2.40", "FALSE"),
        ("1.2.41.2.1", "1.2.41", "FALSE"),
        ("1.2.40.2.3", "1.2.40", "TRUE"),
    ):
        inputs[0].GeometryForDisplay = geometry
        write_state(
            folder / f"{uid}.dcm",
            uid,
            "1.2.3",
            AdvancedBlendingPresentationStateStorage,
            StudyInstanceUID=study,
            SeriesInstanceUID=f"{study}.2",
            AdvancedBlendingSequence=inputs,
            BlendingDisplaySequence=items(step),
        )


def test_rr_43_advanced_blending_of_two_studies(server: RunningServer) -> None:
    """RR-43, C.11.33: an image of either input gives the picture on its grid; the page of each lists the state."""
    for uid, study, image, expected in (
        ("1.2.40.2.2", "1.2.40", "1.2.40.1.1", 0.25 * 255 + 0.75 * 100),
        ("1.2.41.2.1", "1.2.41", "1.2.41.1.2", 0.75 * 100),
    ):
        named = {"presentationUID": uid, "presentationSeriesUID": f"{study}.2"}
        response = server.wado((study, f"{study}.1", image), contentType="image/png", **named)
        assert (cells(response) == round(expected)).all()
        page = server.client.get(
            f"/studies/{study}/series/{study}.1/instances/{image}", headers={"Accept": "text/html"}
        ).text
        assert f"presentationUID={uid}" in page
        assert "presentationUID=1.2.40.2.3" not in page, "it is shown in the geometry of the other study"


def test_c_11_20_an_xa_state_over_http(server: RunningServer) -> None:
    """C.11.20: an XA/XRF state is applied as others are."""
    expected = CELLS.copy()
    expected[0] = 255
    np.testing.assert_array_equal(cells(asked(server, "1.2.30.2.6")), expected)


def asked(server: RunningServer, state: str, series: str = STATES, **parameters: str) -> httpx.Response:
    """Ask for the image under a state."""
    named = {"presentationUID": state, "presentationSeriesUID": series}
    return server.wado(OWN, **({"contentType": "image/png"} | named | parameters))


def cells(response: httpx.Response) -> np.ndarray:
    """Return the pixels of a picture."""
    assert response.status_code == 200, response.text
    return np.asarray(Image.open(io.BytesIO(response.content)))


def test_8_2_9_a_state_is_applied(server: RunningServer) -> None:
    """REQ-URI-8.2.9-1, -5: the state, then the region of it, then the size, then words; each with a tag of its own."""
    turned = asked(server, "1.2.30.2.1")
    np.testing.assert_array_equal(cells(turned), np.rot90(CELLS, -1))
    plain = asked(server, "1.2.30.2.2")
    np.testing.assert_array_equal(cells(plain), CELLS)
    assert len({turned.headers["etag"], plain.headers["etag"], server.wado(OWN).headers["etag"]}) == 3
    part = asked(server, "1.2.30.2.1", region="0,0,0.5,1")
    np.testing.assert_array_equal(cells(part), np.rot90(CELLS, -1)[:, :3])
    large = asked(server, "1.2.30.2.1", rows="360", columns="360", annotation="technique")
    assert cells(large).shape[:2] == (360, 240)
    for media_type in ("image/jpeg", "image/gif", "image/jp2"):
        assert asked(server, "1.2.30.2.1", contentType=media_type).status_code == 200
    named = server.client.get(turned.headers["content-location"])
    assert named.content == turned.content
    assert asked(server, "1.2.30.2.1", frameNumber="1").status_code == 200


@pytest.mark.parametrize(
    ("state", "series", "more", "status"),
    [
        ("1.2.30.2.9", STATES, {}, 400),
        ("1.2.30.2.1", "1.2.30.9", {}, 400),
        ("1.2.30.2.4", "1.2.31.1", {}, 400),
        ("1.2.30.2.3", STATES, {}, 400),
        (IMAGE, SERIES, {}, 400),
        ("1.2.30.2.1", STATES, {"windowCenter": "5", "windowWidth": "5"}, 400),
        ("1.2.30.2.1", STATES, {"contentType": "application/dicom"}, 400),
        ("1.2.30.2.1", STATES, {"rows": "60000", "columns": "60000"}, 400),
        ("1.2.30", "x", {}, 400),
    ],
)
def test_8_2_9_what_is_wrong_is_said(
    server: RunningServer, state: str, series: str, more: dict[str, str], status: int
) -> None:
    """REQ-URI-8.2.9-2, -3, -4, -9: unknown, of another study, of another image, no state, beside a window or DICOM."""
    response = asked(server, state, series, **more)
    assert response.status_code == status
    assert "image/" not in response.headers["content-type"]


@pytest.mark.parametrize("missing", ["presentationUID", "presentationSeriesUID"])
def test_8_2_9_1_both_or_none(server: RunningServer, missing: str) -> None:
    """REQ-URI-8.2.9-1: one of them alone is refused, and named."""
    named = {"presentationUID": "1.2.30.2.1", "presentationSeriesUID": STATES}
    del named[missing]
    response = server.wado(OWN, **named)
    assert response.status_code == 400
    assert missing in response.text


def test_the_page_lists_the_states_of_an_image(server: RunningServer) -> None:
    """Beside an image its page shows the states that apply to it, by their names; and not those of others."""
    page = server.client.get(
        f"/studies/{STUDY}/series/{SERIES}/instances/{IMAGE}", headers={"Accept": "text/html"}
    ).text
    assert "Presentation states" in page
    assert "Turned &lt;b&gt;" in page
    assert "PLAIN" in page
    for state, shown in (("1.2.30.2.1", True), ("1.2.30.2.2", True), ("1.2.30.2.3", False), ("1.2.30.2.4", False)):
        assert (f"presentationUID={state}" in page) is shown


def test_7_a_changed_state_is_another_picture(start_server: Callable[..., RunningServer], tmp_path: Path) -> None:
    """RR-30, PS3.18 8.4: HEAD and 304 go by image and state; where only the state's file changes, so does the ETag."""
    Pair(tmp_path)
    write_state(tmp_path / "a.dcm", "1.2.30.2.1", IMAGE)
    server = start_server(tmp_path, "--workers", "1")
    first = asked(server, "1.2.30.2.1")
    tag = first.headers["ETag"]
    same = server.client.get(first.request.url, headers={"If-None-Match": tag})
    assert same.status_code == 304
    assert server.client.head(first.request.url).headers["ETag"] == tag
    write_state(tmp_path / "a.dcm", "1.2.30.2.1", IMAGE, ImageRotation=180)
    deadline = time.monotonic() + 20
    while asked(server, "1.2.30.2.1").headers.get("ETag", tag) == tag and time.monotonic() < deadline:
        time.sleep(0.2)
    changed = server.client.get(first.request.url, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    np.testing.assert_array_equal(cells(changed), CELLS[::-1, ::-1])
