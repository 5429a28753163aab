"""What lies over an image, goes with it, and what a server may choose about it: whole requests (section 13)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from pydicom.uid import DigitalXRayImageStorageForPresentation, SecondaryCaptureImageStorage

from made_objects import SERIES, STUDY, overlay_elements, write_object
from made_profiles import srgb_profile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("corridor")

GREY, COLOR, MAP = "1.2.9.1", "1.2.9.2", "1.2.9.3"
PROFILE = srgb_profile()
RAMP = np.arange(64, dtype="<u2").reshape(8, 8) * 1023


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a radiograph that has an overlay and a shutter, a colour picture, and a label map."""
    folder = tmp_path_factory.mktemp("pictures")
    size: dict[str, Any] = {"Rows": 8, "Columns": 8}
    deep: dict[str, Any] = {"BitsAllocated": 16, "BitsStored": 16, "HighBit": 15}
    write_object(
        folder / "radiograph.dcm",
        GREY,
        SOPClassUID=DigitalXRayImageStorageForPresentation,
        Modality="DX",
        PixelData=RAMP.tobytes(),
        ShutterShape="RECTANGULAR",
        ShutterLeftVerticalEdge=3,
        ShutterRightVerticalEdge=8,
        ShutterUpperHorizontalEdge=1,
        ShutterLowerHorizontalEdge=8,
        ShutterPresentationValue=0x8000,
        elements=overlay_elements(np.eye(8, dtype=np.uint8)),
        **size,
        **deep,
    )
    write_object(
        folder / "color.dcm",
        COLOR,
        SOPClassUID=SecondaryCaptureImageStorage,
        Modality="OT",
        SamplesPerPixel=3,
        PlanarConfiguration=0,
        PhotometricInterpretation="RGB",
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelData=bytes(range(192)),
        ICCProfile=PROFILE,
        **size,
    )
    write_object(
        folder / "labels.dcm",
        MAP,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.66.7",
        Modality="SEG",
        SegmentationType="LABELMAP",
        PixelPaddingValue=0,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelData=bytes([0, 0, 4, 4] * 16),
        **size,
    )
    return folder


@pytest.fixture(scope="module")
def server(start_server: Callable[..., RunningServer], folder: Path) -> RunningServer:
    """Start the command as it comes."""
    return start_server(folder)


@pytest.fixture(scope="module")
def other_server(start_server: Callable[..., RunningServer], folder: Path) -> RunningServer:
    """Start the command with every choice made the other way."""
    return start_server(
        folder,
        OPENWADO_DRAW_OVERLAYS="false",
        OPENWADO_APPLY_DISPLAY_SHUTTERS="false",
        OPENWADO_BIT_DEPTH_PARAMETER="true",
    )


def ask(server: RunningServer, uid: str, media_type: str = "image/png", **parameters: str) -> httpx.Response:
    """Ask for a picture."""
    return server.wado((STUDY, SERIES, uid), contentType=media_type, **parameters)


def opened(response: httpx.Response) -> Image.Image:
    """Open the picture of an answer."""
    assert response.status_code == 200, response.text
    return Image.open(io.BytesIO(response.content))


def test_rr_23_and_25_overlay_and_shutter_are_drawn(server: RunningServer) -> None:
    """RR-23, RR-25: outside of the shutter is its P-Value, the overlay is white on both, the rest is the image."""
    levels = np.asarray(opened(ask(server, GREY)))
    expected = np.floor(RAMP.astype(float) / 65535 * 255 + 0.5)
    expected[:, :2] = 0x80
    expected[np.eye(8, dtype=bool)] = 255
    assert np.array_equal(levels, expected)


def test_rr_23_and_25_they_keep_to_the_region(server: RunningServer) -> None:
    """REQ-URI-8.2.4-2: a region is cut out of the picture with all that lies over it."""
    whole = np.asarray(opened(ask(server, GREY)))
    part = np.asarray(opened(ask(server, GREY, region="0.125,0.25,0.625,1")))
    assert np.array_equal(part, whole[2:, 1:5])


def test_choices_are_settings_and_part_of_the_entity_tag(server: RunningServer, other_server: RunningServer) -> None:
    """RR-23, RR-25: a server may leave both out; its pictures then have other entity tags."""
    plain, other = ask(server, GREY), ask(other_server, GREY)
    assert np.array_equal(np.asarray(opened(other)), np.floor(RAMP.astype(float) / 65535 * 255 + 0.5))
    assert plain.headers["etag"] != other.headers["etag"]
    again = other_server.client.get(other.request.url, headers={"If-None-Match": plain.headers["etag"]})
    assert again.status_code == 200


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/png"])
def test_rr_16_the_profile_goes_with_colour_pictures(server: RunningServer, media_type: str) -> None:
    """RR-16: the ICC profile of a colour image is embedded as it is; grey pictures have none."""
    assert opened(ask(server, COLOR, media_type)).info["icc_profile"] == PROFILE
    assert "icc_profile" not in opened(ask(server, GREY, media_type)).info


def test_rr_16_the_profile_is_in_jp2_and_not_in_gif(server: RunningServer) -> None:
    """RR-16: JP2 has a colour specification for it, GIF has none."""
    assert PROFILE in ask(server, COLOR, "image/jp2").content
    assert b"acsp" not in ask(server, COLOR, "image/gif").content


@pytest.mark.parametrize("media_type", ["image/png", "image/jp2"])
def test_rr_27_sixteen_bits_where_they_are_switched_on(other_server: RunningServer, media_type: str) -> None:
    """RR-27: bitDepth=16 gives the same functions with 65535 in place of 255."""
    levels = np.asarray(opened(ask(other_server, GREY, media_type, bitDepth="16")))
    assert np.array_equal(levels, RAMP)
    assert np.asarray(opened(ask(other_server, GREY, media_type, bitDepth="8"))).max() == 251


def test_rr_27_sixteen_bits_have_their_own_tag_and_name(other_server: RunningServer) -> None:
    """REQ-WEB-8.4.2-2: Content-Location names the depth, and the tag is another."""
    deep, plain = ask(other_server, GREY, bitDepth="16"), ask(other_server, GREY)
    assert deep.headers["etag"] != plain.headers["etag"]
    assert "bitDepth=16" in deep.headers["content-location"]
    assert other_server.client.get(deep.headers["content-location"]).content == deep.content


def test_rr_27_sixteen_bits_are_off_by_default(server: RunningServer) -> None:
    """REQ-WEB-8.3-1, -5: without the setting bitDepth is a name like any other that nobody knows."""
    response = ask(server, GREY, bitDepth="sixteen")
    assert opened(response).mode == "L"
    assert "299" in response.headers["warning"]


@pytest.mark.parametrize(
    ("media_type", "value"), [("image/jpeg", "16"), ("image/gif", "16"), ("image/png", "12"), ("image/png", "x")]
)
def test_rr_27_what_cannot_be_is_refused(other_server: RunningServer, media_type: str, value: str) -> None:
    """REQ-WEB-8.3-2: a depth that a format lacks, or that is none, is 400 and named."""
    response = other_server.client.get(
        "/wado",
        params=[
            ("requestType", "WADO"),
            ("studyUID", STUDY),
            ("seriesUID", SERIES),
            ("objectUID", GREY),
            ("contentType", media_type),
            ("bitDepth", value),
        ],
        headers={"Accept": f"{media_type}, application/problem+json;q=0.5"},
    )
    assert response.status_code == 400
    assert "bitDepth" in response.text


def test_rr_27_colours_stay_as_they_are(other_server: RunningServer) -> None:
    """RR-27: sixteen bits of a colour image are no more than eight, and the answer says so."""
    response = ask(other_server, COLOR, bitDepth="16")
    assert opened(response).mode == "RGB"
    assert "bitDepth" in response.headers["warning"]


def test_rr_27_no_object_has_a_depth(other_server: RunningServer) -> None:
    """Section 11: bitDepth may not stand beside application/dicom."""
    response = ask(other_server, GREY, "application/dicom", bitDepth="16")
    assert response.status_code == 400
    assert "bitDepth" in response.text


def test_label_maps_are_never_mixed(server: RunningServer) -> None:
    """RR-29: between two labels there is nothing: enlarged, a label map has its own values only."""
    levels = np.asarray(opened(ask(server, MAP, rows="50", columns="50")))
    assert set(np.unique(levels).tolist()) == {0, 255}
