"""Presentation states made up for tests (PS3.3 A.33.1)."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, GrayscaleSoftcopyPresentationStateStorage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

STUDY, SERIES, STATES = "1.2.30", "1.2.30.1", "1.2.30.2"


def items(*sequence: dict[str, Any]) -> list[Dataset]:
    """Return items of a sequence."""
    found = []
    for values in sequence:
        item = Dataset()
        for keyword, value in values.items():
            setattr(item, keyword, value)
        found.append(item)
    return found


def references(image: str, frames: Sequence[int] = ()) -> list[Dataset]:
    """Return a Referenced Image Sequence of one image."""
    reference: dict[str, Any] = {
        "ReferencedSOPClassUID": "1.2.840.10008.5.1.4.1.1.7",
        "ReferencedSOPInstanceUID": image,
    }
    if frames:
        reference["ReferencedFrameNumber"] = list(frames)
    return items(reference)


def displayed_area(
    top_left: tuple[int, int],
    bottom_right: tuple[int, int],
    mode: str = "SCALE TO FIT",
    **more: Any,  # noqa: ANN401 -- any VR
) -> list[Dataset]:
    """Return a Displayed Area Selection Sequence."""
    values = {
        "DisplayedAreaTopLeftHandCorner": list(top_left),
        "DisplayedAreaBottomRightHandCorner": list(bottom_right),
        "PresentationSizeMode": mode,
        "PresentationPixelAspectRatio": [1, 1],
    }
    return items(values | more)


def write_state(
    path: Path,
    uid: str,
    image: str,
    sop_class: UID | str = GrayscaleSoftcopyPresentationStateStorage,
    frames: Sequence[int] = (),
    **attributes: Any,  # noqa: ANN401 -- values of any VR
) -> Path:
    """Write a state that refers to an image.

    Args:
        path: of the file.
        uid: SOP Instance UID.
        image: the image's.
        sop_class: of the state.
        frames: that it refers to; () for all.
        attributes: by keyword, or by tag as xGGGGEEEE: (VR, value).
    """
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = UID(sop_class)
    meta.MediaStorageSOPInstanceUID = UID(uid)
    state = FileDataset(path, {}, file_meta=meta, preamble=bytes(128))
    state.SpecificCharacterSet = "ISO_IR 192"
    state.SOPClassUID, state.SOPInstanceUID = sop_class, uid
    state.StudyInstanceUID, state.SeriesInstanceUID, state.Modality = STUDY, STATES, "PR"
    state.PresentationLUTShape = "IDENTITY"
    state.ReferencedSeriesSequence = items(
        {"SeriesInstanceUID": SERIES, "ReferencedImageSequence": references(image, frames)}
    )
    for keyword, value in attributes.items():
        if keyword.startswith("x6"):
            state.add_new(int(keyword[1:], 16), *value)
        else:
            setattr(state, keyword, value)
    with warnings.catch_warnings(action="ignore"):
        state.save_as(path, enforce_file_format=True)
    return path
