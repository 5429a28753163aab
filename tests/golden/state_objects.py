"""Presentation states for golden pictures, and the dark images that they show (PS3.3 A.33.1, C.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, GrayscaleSoftcopyPresentationStateStorage

from golden.image import MULTIFRAME_SC, SC, grey_image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ROWS, COLUMNS = 120, 160


def grayscale_state(image_uid: str, attributes: dict[str, Any]) -> Dataset:
    """Return a state that refers to an image, with attributes by keyword."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.Modality = GrayscaleSoftcopyPresentationStateStorage, "PR"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3", "1.2.3.5"
    dataset.PresentationLUTShape = "IDENTITY"
    reference = item(ReferencedSOPClassUID=SC, ReferencedSOPInstanceUID=image_uid)
    dataset.ReferencedSeriesSequence = [item(SeriesInstanceUID="1.2.3.4", ReferencedImageSequence=[reference])]
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def dark(rows: int = ROWS, columns: int = COLUMNS) -> Dataset:
    """Return a dark image that rises to the right and downwards, with a lighter corner at the top left."""
    down, across = np.mgrid[0:rows, 0:columns]
    values = 10 + across // 8 + down // 6
    values[(down < rows // 8) & (across < columns // 5)] = 60
    return _image(values)


def blocks(rows: int = 24, columns: int = 32) -> Dataset:
    """Return an image of squares of 8 pixels, no two alike, dark."""
    down, across = np.mgrid[0:rows, 0:columns]
    return _image(20 + 7 * (across // 8) + 29 * (down // 8))


def _image(values: NDArray[Any]) -> Dataset:
    return grey_image(values, SC if values.ndim == 2 else MULTIFRAME_SC, bits=(8, 8, 7))


def item(**values: Any) -> Dataset:  # noqa: ANN401 -- of any VR
    """Return an item of a sequence."""
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def figure(kind: str, points: Sequence[float], units: str = "PIXEL", *, filled: bool = False) -> Dataset:
    """Return a Graphic Object."""
    return item(
        GraphicAnnotationUnits=units,
        GraphicDimensions=2,
        NumberOfGraphicPoints=len(points) // 2,
        GraphicData=[float(number) for number in points],
        GraphicType=kind,
        GraphicFilled="Y" if filled else "N",
    )


def boxed(text: str, box: Sequence[float], units: str = "PIXEL", justification: str = "LEFT", **more: Any) -> Dataset:  # noqa: ANN401 -- of any VR
    """Return a Text Object in a box: left, top, right and bottom."""
    return item(
        UnformattedTextValue=text,
        BoundingBoxAnnotationUnits=units,
        BoundingBoxTopLeftHandCorner=[float(number) for number in box[:2]],
        BoundingBoxBottomRightHandCorner=[float(number) for number in box[2:]],
        BoundingBoxTextHorizontalJustification=justification,
        **more,
    )


def anchor(x: float, y: float, units: str = "PIXEL", visible: str = "N") -> dict[str, Any]:
    """Return the attributes of an anchor point."""
    return {"AnchorPoint": [float(x), float(y)], "AnchorPointAnnotationUnits": units, "AnchorPointVisibility": visible}


def layer(name: str, order: int, grey: int = 0xFFFF, lab: Sequence[int] = ()) -> Dataset:
    """Return a Graphic Layer."""
    values: dict[str, Any] = {"GraphicLayerRecommendedDisplayGrayscaleValue": grey}
    if lab:
        values["GraphicLayerRecommendedDisplayCIELabValue"] = list(lab)
    return item(GraphicLayer=name, GraphicLayerOrder=order, **values)


def annotated(figures: Sequence[Dataset] = (), texts: Sequence[Dataset] = (), **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- of any VR
    """Return the attributes of a state with one white layer."""
    return {
        "GraphicLayerSequence": [layer("ONE", 1)],
        "GraphicAnnotationSequence": [annotation("ONE", figures, texts)],
        **more,
    }


def annotation(name: str, figures: Sequence[Dataset], texts: Sequence[Dataset] = ()) -> Dataset:
    """Return a Graphic Annotation of a layer."""
    values: dict[str, Any] = {"GraphicLayer": name}
    if figures:
        values["GraphicObjectSequence"] = list(figures)
    if texts:
        values["TextObjectSequence"] = list(texts)
    return item(**values)


def area(
    first: Sequence[int],
    last: Sequence[int],
    mode: str,
    aspect: Sequence[int] = (1, 1),
    **more: Any,  # noqa: ANN401 -- of any VR
) -> list[Dataset]:
    """Return a Displayed Area Selection Sequence: its corners as column and row from 1, and its size mode."""
    return [
        item(
            DisplayedAreaTopLeftHandCorner=list(first),
            DisplayedAreaBottomRightHandCorner=list(last),
            PresentationSizeMode=mode,
            PresentationPixelAspectRatio=list(aspect),
            **more,
        )
    ]


def tiled() -> Dataset:
    """Return an image of four tiles, which are wider and higher than what is left for the last ones."""
    dataset = _image(np.stack([np.full((60, 80), 10 * number) for number in range(1, 5)]))
    dataset.TotalPixelMatrixColumns, dataset.TotalPixelMatrixRows = 150, 110
    dataset.DimensionOrganizationType = "TILED_FULL"
    return dataset
