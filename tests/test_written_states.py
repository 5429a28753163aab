"""Presentation states written by highdicom, an independent writer, on a real CT slice (RR-30 … RR-43)."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import highdicom
import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.data import get_testdata_file

from archived import Archived
from openwado.archive.file_store import FileStore
from openwado.dicom.frames import native_entry
from openwado.ingest import read_file
from openwado.jobs import PictureJob
from openwado.produce import produce

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    #: Writes a state of a class with some arguments, and returns the picture that it makes of the slice.
    Show = Callable[..., NDArray[Any]]

RED = highdicom.color.CIELabColor(53.2, 80.1, 67.2)


@pytest.fixture
def slice_file() -> str:
    """Return a CT slice of pydicom's own test files."""
    return str(get_testdata_file("CT_small.dcm"))


@pytest.fixture
def show(tmp_path: Path, slice_file: str) -> Show:
    """Give what writes a state and draws the slice by it."""

    def shown(kind: Any, request: dict[str, Any] | None = None, **arguments: Any) -> NDArray[Any]:  # noqa: ANN401 -- highdicom's
        path = tmp_path / "state.dcm"
        with warnings.catch_warnings(action="ignore"):
            state = kind(
                referenced_images=[pydicom.dcmread(slice_file)],
                series_instance_uid=highdicom.UID(),
                series_number=9,
                sop_instance_uid=highdicom.UID(),
                instance_number=1,
                manufacturer="m",
                manufacturer_model_name="n",
                software_versions="1",
                device_serial_number="1",
                content_label="LABEL",
                **arguments,
            )
            state.save_as(path)
        image, record = (read_file(FileStore(), file).reading for file in (slice_file, str(path)))
        assert image is not None
        assert record is not None
        assert image.instance.picture is not None
        job = PictureJob(
            image.instance,
            native_entry(image.instance, 1),
            1,
            image.instance.picture.frame_attributes,
            "image/png",
            presentation_state=record.instance,
            **(request or {}),
        )
        (body,) = produce(job, FileStore()).parts
        assert isinstance(body, bytes)
        return np.asarray(Image.open(io.BytesIO(body)))

    return shown


def windowed(slice_file: str, center: float, width: float) -> NDArray[Any]:
    """Return the slice in a LINEAR window, by the formula of C.11.2.1.2.1."""
    read = pydicom.dcmread(slice_file)
    values = read.pixel_array * float(read.RescaleSlope) + float(read.RescaleIntercept)
    ramp: NDArray[Any] = np.clip(((values - (center - 0.5)) * 255) / (width - 1) + 127.5, 0, 255)
    return np.floor(ramp + 0.5)


def grey_steps(slice_file: str) -> dict[str, Any]:
    """Return a Modality LUT and a window."""
    read = pydicom.dcmread(slice_file)
    return {
        "modality_lut_transformation": highdicom.ModalityLUTTransformation(
            rescale_intercept=float(read.RescaleIntercept), rescale_slope=float(read.RescaleSlope), rescale_type="HU"
        ),
        "voi_lut_transformations": [highdicom.pr.SoftcopyVOILUTTransformation(window_center=40, window_width=400)],
    }


def test_rr_32_grey_steps(show: Show, slice_file: str) -> None:
    """RR-32, RR-34: the picture is the window of the rescaled values, to the last grey level."""
    picture = show(highdicom.pr.GrayscaleSoftcopyPresentationState, **grey_steps(slice_file))
    np.testing.assert_array_equal(picture, windowed(slice_file, 40, 400))


def test_rr_35_inverse(show: Show, slice_file: str) -> None:
    """RR-35: Presentation LUT Shape INVERSE."""
    inverse = highdicom.PresentationLUTTransformation(presentation_lut_shape="INVERSE")
    picture = show(
        highdicom.pr.GrayscaleSoftcopyPresentationState,
        presentation_lut_transformation=inverse,
        **grey_steps(slice_file),
    )
    np.testing.assert_array_equal(picture, 255 - windowed(slice_file, 40, 400))


def test_rr_41_42_annotations(show: Show, slice_file: str) -> None:
    """RR-41, RR-42: a figure and a text in a red layer, on the picture and nowhere else."""
    image = pydicom.dcmread(slice_file)
    layer = highdicom.pr.GraphicLayer("MARKS", 1, display_color=RED)
    box = np.array([[20, 20], [60, 20], [60, 50], [20, 50], [20, 20]], float)
    annotation = highdicom.pr.GraphicAnnotation(
        referenced_images=[image],
        graphic_layer=layer,
        graphic_objects=[highdicom.pr.GraphicObject("POLYLINE", box, "PIXEL")],
        text_objects=[highdicom.pr.TextObject("mark", "PIXEL", bounding_box=(70.0, 90.0, 120.0, 110.0))],
    )
    picture = show(
        highdicom.pr.GrayscaleSoftcopyPresentationState,
        request={"rows": 512, "columns": 512},
        graphic_layers=[layer],
        graphic_annotations=[annotation],
        **grey_steps(slice_file),
    ).astype(int)
    red = picture[..., 0] - picture[..., 1:].max(axis=-1) > 60
    for row, column in ((80, 160), (200, 160), (140, 80), (140, 240)):
        assert red[row - 3 : row + 4, column - 3 : column + 4].any()
    assert red[360:440, 280:480].sum() > 50
    assert not red[220:340, 260:].any()
    assert not red[100:180, 100:220].any()


def colors_of(cells: NDArray[Any], palette: Any) -> NDArray[Any]:  # noqa: ANN401 -- highdicom's
    """Return the colours of a palette of 256 entries at 0 … 255, for 16-bit grey levels that are scaled to it."""
    tables = (palette.red_lut, palette.green_lut, palette.blue_lut)
    index = np.rint(cells * (255 / 65535)).astype(int)
    return np.stack([np.asarray(lut.lut_data)[index] for lut in tables], axis=-1).astype(float)


def levels(slice_file: str, center: float, width: float) -> NDArray[Any]:
    """Return the slice in a LINEAR window, 16 bits."""
    read = pydicom.dcmread(slice_file)
    values = read.pixel_array * float(read.RescaleSlope) + float(read.RescaleIntercept)
    return np.floor(np.clip((values - (center - 0.5)) / (width - 1) + 0.5, 0, 1) * 65535 + 0.5)


def test_n_2_6_advanced_blending(tmp_path: Path, slice_file: str) -> None:
    """N.2.6: a slice and another one, four pixels beside it, in two palettes: foreground, then equal with a third."""
    slices = [pydicom.dcmread(slice_file)]
    for number in (1, 2):
        other = pydicom.dcmread(slice_file)
        other.SOPInstanceUID, other.SeriesInstanceUID = highdicom.UID(), highdicom.UID()
        other.file_meta.MediaStorageSOPInstanceUID = other.SOPInstanceUID
        other.PixelData = np.ascontiguousarray(np.rot90(other.pixel_array, number)).tobytes()
        x, y, z = other.ImagePositionPatient
        shift = 4 * float(other.PixelSpacing[1]) if number == 1 else 0.0
        other.ImagePositionPatient = [float(x) + shift, y, float(z) + 0.25]
        slices.append(other)
    files = [slice_file]
    for number, each in enumerate(slices[1:], 1):
        files.append(str(tmp_path / f"{number}.dcm"))
        each.save_as(files[-1])
    ramp = np.arange(256)
    palettes = [
        highdicom.PaletteColorLUTTransformation.from_combined_lut(np.stack(channels, axis=-1).astype(np.uint8))
        for channels in ((ramp, ramp, ramp), (ramp, ramp // 2, 255 - ramp), (255 - ramp, ramp // 3, ramp))
    ]
    steps = grey_steps(slice_file)
    blending = [
        highdicom.pr.AdvancedBlending([each], number, palette_color_lut_transformation=palette, **steps)
        for number, (each, palette) in enumerate(zip(slices, palettes, strict=True), 1)
    ]

    def shown(*operations: Any) -> NDArray[Any]:  # noqa: ANN401 -- highdicom's
        state = highdicom.pr.AdvancedBlendingPresentationState(
            referenced_images=slices,
            blending=blending,
            blending_display=list(operations),
            series_instance_uid=highdicom.UID(),
            series_number=9,
            sop_instance_uid=highdicom.UID(),
            instance_number=1,
            manufacturer="m",
            manufacturer_model_name="n",
            software_versions="1",
            device_serial_number="1",
            content_label="LABEL",
        )
        path, folder = tmp_path / "state.dcm", tmp_path / f"index{len(operations)}"
        folder.mkdir()
        state.save_as(path)
        picture: NDArray[Any] = Archived(folder, [*files, path]).shown(slice_file, path)
        return picture

    first, second, third = (
        colors_of(levels(file, 40, 400), palette) for file, palette in zip(files, palettes, strict=True)
    )
    moved = np.zeros_like(second)
    moved[:, 4:] = second[:, :-4]
    there = np.zeros(first.shape, np.bool_)
    there[:, 4:] = True
    inputs = [highdicom.pr.BlendingDisplayInput(number) for number in (1, 2, 3, 4)]
    front = highdicom.pr.BlendingDisplay("FOREGROUND", [inputs[1], inputs[0]], relative_opacity=0.25)
    expected = np.where(there, 0.25 * moved + 0.75 * first, first)
    np.testing.assert_array_equal(shown(front), np.floor(expected + 0.5))
    front.BlendingInputNumber = 4  # highdicom 0.28 takes the number, but does not write it
    mean = highdicom.pr.BlendingDisplay("EQUAL", [inputs[2], inputs[3]])
    np.testing.assert_array_equal(shown(front, mean), np.floor((third + expected) / 2 + 0.5))
