"""All golden cases, the objects as files, and the sheets on which their pictures are kept."""

from __future__ import annotations

from collections import defaultdict
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom import dcmwrite
from pydicom.uid import ExplicitVRBigEndian

from golden.color_cases import color_cases
from golden.cover_cases import cover_cases
from golden.display_cases import display_cases
from golden.frame_cases import frame_cases
from golden.grey_cases import grey_cases
from golden.sample_cases import sample_cases

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset
    from pydicom.uid import UID

    from golden.case import Case

PICTURES = Path(__file__).resolve().parent / "pictures"

GAP = 4
"""Columns between the pictures of a sheet."""


def _by_name(cases: Iterable[Case]) -> dict[str, Case]:
    found: dict[str, Case] = {}
    for case in cases:
        assert case.name not in found, f"two cases are named {case.name}"
        found[case.name] = case
    return found


CASES: Mapping[str, Case] = _by_name(
    chain(sample_cases(), color_cases(), grey_cases(), display_cases(), cover_cases(), frame_cases())
)
"""The cases by name."""


def sheets() -> dict[str, list[Case]]:
    """Return the cases of each sheet, in the order of their pictures from the left."""
    found = defaultdict(list)
    for case in CASES.values():
        found[case.sheet or case.name].append(case)
    return dict(found)


def laid_out(pictures: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return pictures of one size side by side, with middle grey between them."""
    first = pictures[0]
    assert all(picture.shape == first.shape and picture.dtype == first.dtype for picture in pictures)
    gap = np.full((len(first), GAP, *first.shape[2:]), np.iinfo(first.dtype).max // 2, first.dtype)
    return np.concatenate([part for picture in pictures for part in (gap, picture)][1:], axis=1)


def taken_apart(sheet: NDArray[Any], count: int) -> list[NDArray[Any]]:
    """Return the pictures of a sheet."""
    width = (sheet.shape[1] + GAP) // count
    return [sheet[:, place * width : (place + 1) * width - GAP] for place in range(count)]


def file_bytes(dataset: Dataset, transfer_syntax: UID, sop_instance_uid: str = "1.2.3.4.5") -> bytes:
    """Return an object made in Explicit VR Little Endian as a file in a native transfer syntax."""
    dataset.SOPInstanceUID = sop_instance_uid
    dataset.file_meta.TransferSyntaxUID = transfer_syntax
    if transfer_syntax == ExplicitVRBigEndian:
        _swap_words(dataset)
    file = BytesIO()
    dcmwrite(file, dataset, enforce_file_format=True)
    return file.getvalue()


def _swap_words(dataset: Dataset) -> None:
    """Turn the bytes of OW elements round (PS3.5 7.3), for pydicom writes them as they are."""
    for element in dataset.iterall():
        if element.VR == "OW":
            element.value = np.frombuffer(element.value, "<u2").astype(">u2").tobytes()
