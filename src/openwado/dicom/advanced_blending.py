"""Advanced blending presentation states: their inputs, and how these are blended (PS3.3 C.11.33, C.11.34; RR-43)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from openwado.dicom.blending import Reference, image_references
from openwado.dicom.state_references import REFERENCED_IMAGES, SERIES_INSTANCE_UID, STUDY_INSTANCE_UID
from openwado.errors import BadRequest, CorruptObject, NotSupported

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openwado.dicom.attributes import Attributes
    from openwado.dicom.instance import Instance

ADVANCED_BLENDING_SEQUENCE: Final = 0x00701B01
_INPUT_NUMBER, _DISPLAY_INPUTS, _DISPLAY_STEPS, _MODE = 0x00701B02, 0x00701B03, 0x00701B04, 0x00701B06
_OPACITY: Final = 0x00700403
_TIME_SERIES, _GEOMETRY = 0x00701B07, 0x00701B08
_OPTICAL_PATH: Final = 0x006A000E
#: Sequences of an input whose meaning is not applied, and what they hold.
_REFUSED: Final = {0x00700404: "registrations", 0x00701B11: "thresholds"}
#: Inputs, and steps that blend them.
INPUTS_MAX: Final = 16
_YES: Final = frozenset({"TRUE", "YES", "Y"})
_FOREGROUND_INPUTS: Final = 2


class BlendInput(NamedTuple):
    """What is blended: a set of images.

    Attributes:
        number: that steps name it by, from 1.
        study_uid, series_uid: of the series that the images are in.
        references: the images; () for all of the series.
        gives_geometry: whether the picture has its geometry (Geometry for Display).
        item: with its grey steps and palette.
    """

    number: int
    study_uid: str
    series_uid: str
    references: tuple[Reference, ...]
    gives_geometry: bool
    item: Attributes

    def has(self, image: Instance, frame_number: int) -> bool:
        """Say whether a frame of an image is in the set."""
        if not self.references:
            return image.series_instance_uid == self.series_uid
        return any(
            reference.object_uid == image.sop_instance_uid
            and (not reference.frames or frame_number in reference.frames)
            for reference in self.references
        )


class BlendStep(msgspec.Struct, frozen=True):
    """One blending operation (C.11.34).

    Attributes:
        number: that later steps name its result by; 0: what is shown.
        inputs: numbers of inputs or of results of other steps; in FOREGROUND mode the one in front is the first.
        opacity: of the one in front; None: all are blended equally.
    """

    number: int
    inputs: tuple[int, ...]
    opacity: float | None


class AdvancedBlending(NamedTuple):
    """The inputs of a state by number, and what is done with them."""

    inputs: dict[int, BlendInput]
    steps: tuple[BlendStep, ...]

    def inputs_with(self, image: Instance, frame_number: int) -> frozenset[int]:
        """Return the numbers of the inputs that a frame is in.

        Raises:
            BadRequest: it is in none, or the picture has the geometry of another input.
        """
        found = [each for each in self.inputs.values() if each.has(image, frame_number)]
        if not found:
            raise BadRequest(
                "The advanced blending presentation state does not name this image or this frame of it.",
                parameter="presentationUID",
            )
        leading = [each for each in self.inputs.values() if each.gives_geometry]
        if leading and not any(each in found for each in leading):
            raise BadRequest(
                "The advanced blending presentation state is shown in the geometry of other images that it names: "
                "ask for one of those.",
                parameter="presentationUID",
            )
        return frozenset(each.number for each in found)


def advanced_blending(attributes: Attributes) -> AdvancedBlending:
    """Return what an advanced blending state says.

    Raises:
        CorruptObject: it contradicts itself.
        NotSupported: it has more inputs than are blended, or asks for a step that is not done.
    """
    inputs = [_input(item) for item in _few(attributes.items(ADVANCED_BLENDING_SEQUENCE))]
    steps = tuple(_step(item) for item in _few(attributes.items(_DISPLAY_STEPS)))
    numbers = [each.number for each in inputs] + [step.number for step in steps]
    named = {number for step in steps for number in step.inputs}
    shown = [step for step in steps if not step.number]
    if len(shown) != 1 or numbers.count(0) != 1 or len({*numbers}) != len(numbers) or not named <= {*numbers} - {0}:
        raise _contradictory()
    return AdvancedBlending({each.number: each for each in inputs}, steps)


def gives_geometry(item: Attributes) -> bool:
    """Say whether the picture has the geometry of an input: images of others are not asked for then."""
    return item.text(_GEOMETRY).upper() in _YES


def _few(items: Iterable[Attributes]) -> list[Attributes]:
    found: list[Attributes] = []
    for item in items:
        if len(found) == INPUTS_MAX:
            raise NotSupported(
                f"Advanced blending presentation states with more than {INPUTS_MAX} inputs or steps are not applied.",
                parameter="presentationUID",
            )
        found.append(item)
    return found


def _input(item: Attributes) -> BlendInput:
    refused = next((what for tag, what in _REFUSED.items() if item.first_item(tag) is not None), "")
    if item.text(_TIME_SERIES).upper() in _YES:
        refused = "time series"
    elif any(reference.text(_OPTICAL_PATH) for reference in item.items(REFERENCED_IMAGES)):
        refused = "optical paths"
    if refused:
        raise NotSupported(
            f"Advanced blending presentation states with {refused} are not applied.", parameter="presentationUID"
        )
    study, series = item.text(STUDY_INSTANCE_UID), item.text(SERIES_INSTANCE_UID)
    return BlendInput(
        number=item.integer(_INPUT_NUMBER) or 0,
        study_uid=study,
        series_uid=series,
        references=image_references(study, series, item),
        gives_geometry=gives_geometry(item),
        item=item,
    )


def _step(item: Attributes) -> BlendStep:
    inputs = tuple(each.integer(_INPUT_NUMBER) or 0 for each in _few(item.items(_DISPLAY_INPUTS)))
    number, mode = item.integer(_INPUT_NUMBER) or 0, item.text(_MODE).upper()
    if mode == "EQUAL" and inputs:
        return BlendStep(number, inputs, None)
    if mode not in ("EQUAL", "FOREGROUND"):
        raise NotSupported(
            "Of blending modes in advanced blending presentation states EQUAL and FOREGROUND are applied.",
            parameter="presentationUID",
        )
    opacity = item.decimal(_OPACITY)
    if len(inputs) != _FOREGROUND_INPUTS or opacity is None or not 0 <= opacity <= 1:
        raise _contradictory()
    return BlendStep(number, inputs, opacity)


def _contradictory() -> CorruptObject:
    return CorruptObject("The advanced blending presentation state does not say what is blended, and how.")
