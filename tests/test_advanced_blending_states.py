"""Several images blended by an advanced blending state (PS3.4 N.2.6; PS3.3 C.11.33, C.11.34; RR-43)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pydicom.uid import AdvancedBlendingPresentationStateStorage

from archived import Archived
from made_states import STUDY, items, write_state
from openwado.errors import BadRequest, CorruptObject, NotFound, NotSupported
from test_softcopy import CELLS, Pair

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

PALETTE_TAGS = ("Red", "Green", "Blue")
#: Three images of the same size: a grey one, one whose upper half is padding, and one in colours.
FIRST = CELLS
SECOND = (CELLS[::-1] // 2 + 40).astype(np.uint8)
SECOND[:3] = 255
SECOND[3:][SECOND[3:] == 255] = 254
COLORS = np.stack([CELLS[:, ::-1], 255 - CELLS, CELLS // 3], axis=-1)
PADDED = SECOND == 255


def palette(red: NDArray[Any], green: NDArray[Any], blue: NDArray[Any]) -> dict[str, Any]:
    """Return a palette of 256 entries of 8 bits."""
    found: dict[str, Any] = {}
    for color, entries in zip(PALETTE_TAGS, (red, green, blue), strict=True):
        found[f"{color}PaletteColorLookupTableDescriptor"] = [256, 0, 8]
        found[f"{color}PaletteColorLookupTableData"] = entries.astype("<u2").tobytes()
    return found


HOT = palette(np.arange(256), np.arange(256) // 2, 255 - np.arange(256))


def hot(cells: NDArray[Any]) -> NDArray[Any]:
    """Return the colours of the palette."""
    return np.stack([cells, cells // 2, 255 - cells], axis=-1).astype(float)


def grey(cells: NDArray[Any]) -> NDArray[Any]:
    """Return R = G = B."""
    return np.repeat(cells[..., None], 3, axis=2).astype(float)


def rounded(values: NDArray[Any]) -> NDArray[Any]:
    """Return levels, rounded half up."""
    return np.floor(values + 0.5)


def series(number: int) -> str:
    """Return the UID of the series of an input."""
    return f"1.2.50.{number}"


class Inputs:
    """Images of several series, and states that blend them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.files: list[Path] = []

    def write(self, number: int, cells: NDArray[Any], instance: int = 1, **attributes: Any) -> Path:  # noqa: ANN401 -- of any VR
        """Write an image of the series of an input."""
        folder = self._folder / f"{number}.{instance}"
        folder.mkdir(exist_ok=True)
        uids = {"SOPInstanceUID": f"{series(number)}.{instance}", "SeriesInstanceUID": series(number)}
        pair = Pair(folder)
        path = pair.write_image(cells, **uids, InstanceNumber=instance, **attributes)
        if path not in self.files:
            self.files.append(path)
        return path

    def blended(self, inputs: list[Any], steps: list[Any], of: int = 0, **state: Any) -> Any:  # noqa: ANN401 -- of any VR
        """Return the picture of one of the images under a state."""
        path = write_state(
            self._folder / "state.dcm",
            "1.2.50.9.1",
            "1.2.3",
            AdvancedBlendingPresentationStateStorage,
            SeriesInstanceUID="1.2.50.9",
            ReferencedSeriesSequence=[],
            PixelPresentation="TRUE_COLOR",
            AdvancedBlendingSequence=inputs,
            BlendingDisplaySequence=steps,
            **state,
        )
        index = self._folder / "index.sqlite"
        index.unlink(missing_ok=True)
        return Archived(self._folder, [*self.files, path]).shown(self.files[of], path)


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    """Return three images and what blends them."""
    found = Inputs(tmp_path)
    found.write(1, FIRST)
    found.write(2, SECOND, PixelPaddingValue=255)
    found.write(3, COLORS)
    return found


def blend_input(number: int, instances: Sequence[int] = (1,), **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- of any VR
    """Return an item of the Advanced Blending Sequence; without instances of the whole series."""
    found = {"BlendingInputNumber": number, "StudyInstanceUID": STUDY, "SeriesInstanceUID": series(number), **more}
    uids = [f"{series(number)}.{instance}" for instance in instances]
    if uids:
        found["ReferencedImageSequence"] = items(
            *({"ReferencedSOPClassUID": "1.2", "ReferencedSOPInstanceUID": uid} for uid in uids)
        )
    return found


def step(*numbers: int, opacity: float | None = None, result: int | None = None) -> dict[str, Any]:
    """Return an item of the Blending Display Sequence."""
    found: dict[str, Any] = {
        "BlendingMode": "EQUAL" if opacity is None else "FOREGROUND",
        "BlendingDisplayInputSequence": items(*({"BlendingInputNumber": number} for number in numbers)),
    }
    if opacity is not None:
        found["RelativeOpacity"] = opacity
    if result is not None:
        found["BlendingInputNumber"] = result
    return found


@pytest.mark.parametrize("opacity", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("of", [0, 1])
def test_n_2_6_foreground(inputs: Inputs, opacity: float, of: int) -> None:
    """N.2.6: A of the first and 1 - A of the second; where one is padding the other one alone; grey is R = G = B."""
    both = items(blend_input(1), blend_input(2, **HOT))
    shown = inputs.blended(both, items(step(2, 1, opacity=opacity)), of)
    expected = np.where(PADDED[..., None], grey(FIRST), opacity * hot(SECOND) + (1 - opacity) * grey(FIRST))
    np.testing.assert_array_equal(shown, rounded(expected))


def test_n_2_6_equal(inputs: Inputs) -> None:
    """N.2.6: the mean of those that are no padding at each pixel; what is padding in all of them is black."""
    three = items(blend_input(1), blend_input(2, PaletteColorLookupTableSequence=items(HOT)), blend_input(3))
    shown = inputs.blended(three, items(step(1, 2, 3)))
    total = grey(FIRST) + COLORS + np.where(PADDED[..., None], 0, hot(SECOND))
    np.testing.assert_array_equal(shown, rounded(total / np.where(PADDED, 2, 3)[..., None]))
    shown = inputs.blended(items(blend_input(2)), items(step(2)), of=1)
    np.testing.assert_array_equal(shown, np.where(PADDED[..., None], 0, grey(SECOND)))


def test_c_11_34_results_are_inputs_of_other_steps(inputs: Inputs) -> None:
    """C.11.34: a step with a number is an input of others, in whatever order they stand; the one without is shown."""
    three = items(blend_input(1), blend_input(2), blend_input(3))
    steps = items(step(4, 3, opacity=0.75), step(5, 1, result=4), step(2, 2, 3, result=5))
    shown = inputs.blended(three, steps, of=2)
    here = ~PADDED[..., None]
    fifth = (2 * np.where(here, grey(SECOND), 0) + COLORS) / np.where(here, 3, 1)
    fourth = (fifth + grey(FIRST)) / 2
    np.testing.assert_allclose(shown, rounded(0.75 * fourth + 0.25 * COLORS), atol=1)
    assert (shown == rounded(0.75 * fourth + 0.25 * COLORS)).mean() > 0.98, "but for halves"


def test_n_2_6_grey_steps_of_each_input(inputs: Inputs) -> None:
    """N.2.6: each input has its own Modality LUT, VOI LUT and palette, all of them the state's."""
    voi = items({"WindowCenter": "100.5", "WindowWidth": "101"})
    one = blend_input(1, RescaleSlope="0.5", RescaleIntercept="60", SoftcopyVOILUTSequence=voi)
    shown = inputs.blended(items(one, blend_input(3)), items(step(1, 3, opacity=0.5)))
    values = np.clip((FIRST * 0.5 + 60 - 100) / 100 + 0.5, 0, 1)
    expected = 0.5 * grey(np.floor(values * 65535 + 0.5) / 257) + 0.5 * COLORS
    np.testing.assert_array_equal(shown, rounded(expected))


def test_rr_39_the_whole_is_turned_and_covered(inputs: Inputs) -> None:
    """RR-36: shutter, rotation and the rest come after blending."""
    both = items(blend_input(1), blend_input(3))
    shutter: dict[str, Any] = {
        "ShutterShape": "RECTANGULAR",
        "ShutterLeftVerticalEdge": "3",
        "ShutterRightVerticalEdge": "9",
        "ShutterUpperHorizontalEdge": "1",
        "ShutterLowerHorizontalEdge": "6",
        "ShutterPresentationColorCIELabValue": [0, 32896, 32896],
    }
    shown = inputs.blended(both, items(step(1, 3)), ImageRotation=180, **shutter)
    expected = rounded((grey(FIRST) + COLORS) / 2)
    expected[:, :2] = 0
    np.testing.assert_array_equal(shown, expected[::-1, ::-1])


def plane(depth: float, left: float = 0.0, spacing: float = 1.0) -> dict[str, Any]:
    """Return the attributes of an axial plane."""
    return {
        "FrameOfReferenceUID": "1.2.52",
        "ImagePositionPatient": [left, 0, depth],
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "PixelSpacing": [spacing, spacing],
    }


@pytest.mark.parametrize("named", [(1, 2, 3), ()])
def test_rr_43_the_nearest_plane_of_an_input(tmp_path: Path, named: tuple[int, ...]) -> None:
    """RR-43, C.11.33: of a set, or of a whole series, the nearest plane; where it does not reach there is padding."""
    inputs = Inputs(tmp_path)
    inputs.write(1, FIRST, **plane(10))
    for instance, depth, value in ((1, 0, 10), (2, 11, 80), (3, 14, 200)):
        cells = np.full((6, 9), value, np.uint8)
        cells[0] = 255
        inputs.write(2, cells, instance, PixelPaddingValue=255, **plane(depth, left=4.0))
    both = items(blend_input(1), blend_input(2, named))
    shown = inputs.blended(both, items(step(2, 1, opacity=0.5)))
    expected = grey(FIRST)
    expected[1:, 4:] = (expected[1:, 4:] + 80) / 2
    np.testing.assert_array_equal(shown, rounded(expected))


def test_rr_43_a_coarser_input_is_brought_to_the_grid(tmp_path: Path) -> None:
    """RR-43: pixels of an input in another spacing lie where they are in the patient; padding is mixed with nothing."""
    inputs = Inputs(tmp_path)
    inputs.write(1, np.zeros((8, 8), np.uint8), **plane(0))
    coarse = np.array([[100, 120, 255], [100, 120, 255]], np.uint8)
    inputs.write(2, coarse, PixelPaddingValue=255, **plane(0, spacing=2.0))
    shown = inputs.blended(items(blend_input(1), blend_input(2)), items(step(2, 1, opacity=1.0)))
    assert (shown[:3, :, 0] == [100, 110, 120, 120, 0, 0, 0, 0]).all(), "halves of the way, up to half of a pixel"


def test_c_11_33_geometry_for_display(inputs: Inputs) -> None:
    """C.11.33: where an input gives the geometry, the picture is one of its images; others are refused with 400."""
    both = items(blend_input(1, GeometryForDisplay="TRUE"), blend_input(3, GeometryForDisplay="FALSE"))
    assert inputs.blended(both, items(step(1, 3))).shape == (6, 9, 3)
    with pytest.raises(BadRequest, match="geometry"):
        inputs.blended(both, items(step(1, 3)), of=2)
    with pytest.raises(BadRequest, match="does not name"):
        inputs.blended(items(blend_input(1)), items(step(1)), of=2)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"ReferencedSpatialRegistrationSequence": items({"StudyInstanceUID": "1.2"})}, "registrations"),
        ({"ThresholdSequence": items({"ThresholdType": "LESS_THAN"})}, "thresholds"),
        ({"TimeSeriesBlending": "TRUE"}, "time series"),
    ],
)
def test_c_11_33_what_is_not_applied_is_said(inputs: Inputs, more: dict[str, Any], word: str) -> None:
    """C.11.33: an input that asks for what is not done is 501, and the sentence names it."""
    with pytest.raises(NotSupported, match=word):
        inputs.blended(items(blend_input(1, **more)), items(step(1)))


def test_c_11_33_optical_paths_are_refused(inputs: Inputs) -> None:
    """C.11.33: frames of one optical path are not picked out."""
    one = blend_input(1)
    one["ReferencedImageSequence"][0].add_new(0x006A000E, "SH", "1")
    with pytest.raises(NotSupported, match="optical paths"):
        inputs.blended(items(one), items(step(1)))


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [step(1), step(1)],
        [step(1, result=4)],
        [step(7)],
        [step()],
        [step(1, opacity=0.5)],
        [step(1, 3, opacity=1.5)],
        [step(4), step(1, result=4), step(3, result=4)],
        [step(3), step(1, result=3)],
        [step(4), step(5, result=4), step(4, result=5)],
        [step(4), step(4, 1, result=4)],
    ],
)
def test_c_11_34_steps_that_contradict_themselves(inputs: Inputs, steps: list[dict[str, Any]]) -> None:
    """C.11.34: one step is shown, numbers are known and unique, opacities possible, and no step is made of itself."""
    with pytest.raises(CorruptObject, match="advanced blending"):
        inputs.blended(items(blend_input(1), blend_input(3)), items(*steps))


def test_c_11_34_many_steps_are_bounded(inputs: Inputs) -> None:
    """C.11.34: a result that is used twice by each of many steps is made once; more than sixteen steps are refused."""
    doubling = [step(16), *(step(number - 1, number - 1, result=number) for number in range(4, 17))]
    doubling[1] = step(1, 1, result=4)
    shown = inputs.blended(items(blend_input(1)), items(*doubling))
    np.testing.assert_array_equal(shown, grey(FIRST))
    with pytest.raises(NotSupported, match="16"):
        inputs.blended(items(blend_input(1)), items(step(1), *(step(1, result=number) for number in range(2, 20))))
    with pytest.raises(NotSupported, match="modes"):
        inputs.blended(items(blend_input(1)), items({**step(1), "BlendingMode": "OTHER"}))


def test_rr_43_an_input_that_is_not_here(inputs: Inputs) -> None:
    """RR-43: without the images of an input there is no picture, unless no step needs them."""
    both = items(blend_input(1), blend_input(7))
    with pytest.raises(NotFound, match="blends"):
        inputs.blended(both, items(step(1, 7)))
    np.testing.assert_array_equal(inputs.blended(both, items(step(1))), grey(FIRST))


def test_rr_43_the_nearest_of_too_many_is_not_looked_for(tmp_path: Path) -> None:
    """RR-43: the nearest of the first frames may be far from the nearest of all: an input with too many is refused."""
    inputs = Inputs(tmp_path)
    inputs.write(1, np.zeros((2, 2), np.uint8), **plane(0))
    inputs.write(2, np.full((512, 2, 2), 9, np.uint8), **plane(0))
    both = items(blend_input(1), blend_input(2))
    assert inputs.blended(both, items(step(2))).max() == 9
    inputs.write(2, np.full((513, 2, 2), 9, np.uint8), **plane(0))
    with pytest.raises(NotSupported, match="512"):
        inputs.blended(both, items(step(2)))


def test_n_2_6_palettes_are_for_grey_images(inputs: Inputs) -> None:
    """N.2.6: an image that has colours takes no palette."""
    with pytest.raises(CorruptObject, match="palette"):
        inputs.blended(items(blend_input(3, **HOT)), items(step(3)), of=2)
