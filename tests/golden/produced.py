"""What the product makes of an object in memory: read as when it enters, drawn and encoded as for an answer."""

from __future__ import annotations

from dataclasses import asdict
from io import BytesIO
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from PIL import Image
from pydicom.uid import ExplicitVRLittleEndian

from golden.objects import file_bytes
from golden.plain import STANDARD, WHOLE, Choices, Request, expected
from openwado.dicom.frames import native_entry
from openwado.dicom.instance import Stamp
from openwado.dicom.record import read_record
from openwado.dicom.source import BytesSource
from openwado.jobs import PictureJob
from openwado.produce import produce
from openwado.render.rendering_choices import RenderingChoices

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset
    from pydicom.uid import UID


class ObjectInMemory(BytesSource):
    """A store of one object, and that object opened."""

    def open(self, _key: str) -> Self:
        """Return the object, whatever its key."""
        return self

    def stamp(self, _key: str = "") -> Stamp:
        """Return size and times; they never change."""
        return Stamp(self.size, 0, 0, 0)

    def fileno(self) -> None:
        """Return nothing: no file holds the object."""

    def close(self) -> None:
        """There is nothing to let go of."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to let go of."""


def produced(
    dataset: Dataset,
    request: Request = WHOLE,
    choices: Choices = STANDARD,
    transfer_syntax: UID = ExplicitVRLittleEndian,
) -> NDArray[Any]:
    """Return the pixels of the PNG that is made of an object."""
    store = ObjectInMemory(file_bytes(dataset, transfer_syntax))
    reading = read_record(store, "", store.stamp())
    instance, number = reading.instance, request.frame_number
    assert instance.picture is not None, instance.undrawable
    entry = reading.frames[number - 1] if reading.frames else native_entry(instance, number)
    own = reading.frame_attributes[entry.attributes - 1] if entry.attributes else instance.picture.frame_attributes
    region = None if request.region is None else tuple(float(edge) for edge in request.region)
    job = PictureJob(
        instance=instance,
        entry=entry,
        frame_number=number,
        frame_attributes=own,
        media_type="image/png",
        window=request.window,
        region=region,  # type: ignore[arg-type]
        rows=request.rows,
        columns=request.columns,
        bit_depth=request.bit_depth,
        choices=RenderingChoices(**asdict(choices)),
    )
    body = produce(job, store).parts[0]
    assert isinstance(body, bytes)
    with Image.open(BytesIO(body)) as picture:
        return np.asarray(picture)


def check_picture(
    dataset: Dataset,
    request: Request = WHOLE,
    choices: Choices = STANDARD,
    transfer_syntax: UID = ExplicitVRLittleEndian,
    *,
    tolerance: int = 0,
) -> None:
    """See that the product draws what the plain model says.

    Args:
        dataset: the object.
        request: what is asked.
        choices: what the server decides.
        transfer_syntax: in which it is written for the product.
        tolerance: by how much a value may be off; where the value before rounding is a half to the last bits of a
            formula, it may be off by one in any case: there the order of floating-point operations decides.
    """
    wanted = expected(dataset, request, choices)
    pixels = produced(dataset, request, choices, transfer_syntax)
    assert (pixels.shape, pixels.dtype) == (wanted.pixels.shape, wanted.pixels.dtype)
    off = np.abs(pixels.astype(np.int64) - wanted.pixels)
    off = off.max(axis=2) if off.ndim == 3 else off
    allowed = np.where(wanted.ties, max(1, tolerance), tolerance)
    assert (off <= allowed).all(), f"{pixels.tolist()} is drawn where {wanted.pixels.tolist()} should be"
