"""A grayscale softcopy presentation state: how somebody wanted a CT slice to be seen (PS3.3 A.33.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, GrayscaleSoftcopyPresentationStateStorage

from openwado.samples.attributes import Sample, Series, Study, composite, sample

if TYPE_CHECKING:
    from collections.abc import Iterator

_LAYER = "MARKS"
#: The focus in the fourth slice: its middle, and a point on a circle around it; column and row.
FOCUS, RIM = (335.0, 226.0), (385.0, 226.0)
#: The part of the slice that is shown: its corners, column and row.
SHOWN = ((121, 41), (456, 376))


def presentation_state(study: Study, images: Series) -> Iterator[Sample]:
    """Yield a state for the fourth object of a CT series: a window, a part of it, a circle and words."""
    series = Series(study, 4, "PR", "The focus")
    dataset = composite(series, GrayscaleSoftcopyPresentationStateStorage, 1)
    dataset.ContentLabel, dataset.ContentDescription = "FOCUS", "The focus, with a circle around it"
    dataset.PresentationCreationDate, dataset.PresentationCreationTime = study.date, study.time
    dataset.ContentCreatorName = "Sample^Observer"
    image = _item(ReferencedSOPClassUID=CTImageStorage, ReferencedSOPInstanceUID=images.sop_instance_uid(4))
    dataset.ReferencedSeriesSequence = Sequence(
        [_item(SeriesInstanceUID=images.series_instance_uid, ReferencedImageSequence=Sequence([image]))]
    )
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = -1024, 1, "HU"
    dataset.SoftcopyVOILUTSequence = Sequence([_item(WindowCenter=40, WindowWidth=100)])
    dataset.PresentationLUTShape = "IDENTITY"
    dataset.DisplayedAreaSelectionSequence = Sequence(
        [
            _item(
                DisplayedAreaTopLeftHandCorner=list(SHOWN[0]),
                DisplayedAreaBottomRightHandCorner=list(SHOWN[1]),
                PresentationSizeMode="SCALE TO FIT",
                PresentationPixelAspectRatio=[1, 1],
            )
        ]
    )
    dataset.GraphicLayerSequence = Sequence([_item(GraphicLayer=_LAYER, GraphicLayerOrder=1)])
    dataset.GraphicAnnotationSequence = Sequence([_annotation()])
    yield sample(series, dataset)


def _annotation() -> Dataset:
    circle = _item(
        GraphicAnnotationUnits="PIXEL",
        GraphicDimensions=2,
        NumberOfGraphicPoints=2,
        GraphicData=[*FOCUS, *RIM],
        GraphicType="CIRCLE",
        GraphicFilled="N",
    )
    words = _item(
        AnchorPointAnnotationUnits="PIXEL",
        AnchorPoint=[RIM[0], RIM[1] - 4],
        AnchorPointVisibility="N",
        BoundingBoxAnnotationUnits="PIXEL",
        BoundingBoxTopLeftHandCorner=[292.0, 284.0],
        BoundingBoxBottomRightHandCorner=[378.0, 306.0],
        BoundingBoxTextHorizontalJustification="CENTER",
        UnformattedTextValue="Focus",
    )
    return _item(GraphicLayer=_LAYER, TextObjectSequence=Sequence([words]), GraphicObjectSequence=Sequence([circle]))


def _item(**attributes: object) -> Dataset:
    item = Dataset()
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return item
