"""Golden cases of presentation states: figures, texts, layers, orientations, displayed areas (RR-39 … RR-42)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from golden.state_objects import (
    COLUMNS,
    ROWS,
    anchor,
    annotated,
    annotation,
    area,
    blocks,
    boxed,
    dark,
    figure,
    grayscale_state,
    item,
    layer,
    tiled,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pydicom.dataset import Dataset

ORIENTATIONS = [(rotation, flip) for flip in ("N", "Y") for rotation in (0, 90, 180, 270)]
#: RR-40: the corners of the whole image, each as "left or right" and "top or bottom" of the image as it is stored.
WHOLE_CORNERS = {
    (0, "N"): ("LT", "RB"),
    (90, "N"): ("LB", "RT"),
    (180, "N"): ("RB", "LT"),
    (270, "N"): ("RT", "LB"),
    (0, "Y"): ("RT", "LB"),
    (90, "Y"): ("LT", "RB"),
    (180, "Y"): ("LB", "RT"),
    (270, "Y"): ("RB", "LT"),
}


@dataclass(frozen=True, slots=True)
class StateCase:
    """A golden case of a state.

    Attributes:
        name: of the case and of its picture.
        clause: what the picture shows.
        image: makes the image, grey and of 8 bits.
        state: attributes of the state by keyword.
        frame: that is shown.
        rows, columns: asked for.
    """

    name: str
    clause: str
    image: Callable[[], Dataset]
    state: Callable[[], dict[str, Any]]
    frame: int = 1
    rows: int | None = None
    columns: int | None = None

    def made_state(self, image_uid: str) -> Dataset:
        """Return the state, which refers to an image."""
        return grayscale_state(image_uid, self.state())


def state_cases() -> Iterator[StateCase]:
    """Yield the cases."""
    yield from _figures()
    yield from _texts()
    yield from _layers()
    yield from _orientations()
    yield from _areas()
    yield from _matrix()


#: Name and points in pixels of the image: whole numbers are edges of pixels.
FIGURES: dict[str, tuple[str, Sequence[float]]] = {
    "point": ("POINT", [30.5, 90.5]),
    "polyline": ("POLYLINE", [20, 20, 140, 35, 60.5, 100.5, 15, 80]),
    "polyline_closed": ("POLYLINE", [20, 20, 140, 35, 90, 75, 60.5, 100.5, 20, 20]),
    "interpolated": ("INTERPOLATED", [20, 80, 60, 30, 100, 90, 140, 40]),
    "interpolated_closed": ("INTERPOLATED", [80, 15, 125, 40, 120, 90, 70, 105, 35, 60, 80, 15]),
    "circle": ("CIRCLE", [70, 55, 70, 95]),
    "ellipse": ("ELLIPSE", [30, 90, 130, 30, 65, 35, 95, 85]),
}


def _figures() -> Iterator[StateCase]:
    for name, (kind, points) in FIGURES.items():
        fractions = [number / size for number, size in zip(points, [COLUMNS, ROWS] * len(points), strict=False)]
        closed = kind in ("CIRCLE", "ELLIPSE") or name.endswith("closed")
        for units, data in (("PIXEL", points), ("DISPLAY", fractions)):
            for filled in (False, True) if closed else (False,):
                yield StateCase(
                    f"rr_41_{name}_{units.lower()}{'_filled' if filled else ''}",
                    f"RR-41: {kind} in {units} units, {'filled' if filled else 'open'}",
                    dark,
                    partial(_one_figure, kind, data, units, filled=filled),
                )


def _one_figure(kind: str, points: Sequence[float], units: str, *, filled: bool) -> dict[str, Any]:
    return annotated([figure(kind, points, units, filled=filled)])


def _texts() -> Iterator[StateCase]:
    for justification in ("LEFT", "CENTER", "RIGHT"):
        yield StateCase(
            f"rr_41_text_box_{justification.lower()}",
            "RR-41: two lines in a bounding box, justified",
            dark,
            partial(_one_text, boxed("HHHHHH\r\nHH", [30, 40, 130, 85], justification=justification)),
        )
    for name, corners in {
        "90": [110, 20, 60, 100],
        "180": [130, 85, 30, 40],
        "270": [60, 100, 110, 20],
    }.items():
        yield StateCase(
            f"rr_41_text_box_turned_by_{name}",
            "RR-41: text is read from the top-left to the bottom-right corner, wherever they are",
            dark,
            partial(_one_text, boxed("HHHHHH\r\nHH", corners)),
        )
    for visible in ("Y", "N"):
        yield StateCase(
            f"rr_41_text_box_and_anchor_{'with' if visible == 'Y' else 'without'}_line",
            "RR-41: a line leads from the anchor to the box, if Anchor Point Visibility is Y",
            dark,
            partial(_one_text, boxed("HHHHHH", [80, 30, 150, 55], **anchor(20.5, 100.5, visible=visible))),
        )
    yield StateCase(
        "rr_41_text_at_anchor",
        "RR-41: text without box stands at its anchor, here in fractions of the displayed area",
        dark,
        partial(_one_text, item(UnformattedTextValue="HH", **anchor(0.25, 0.5, "DISPLAY"))),
    )


def _one_text(text: Dataset) -> dict[str, Any]:
    return annotated(texts=[text])


#: RR-42: CIELab of a red, a green and a blue, as words.
RED, GREEN, BLUE = (34886, 53485, 50171), (57000, 13000, 52000), (21000, 50000, 7000)


def _layers() -> Iterator[StateCase]:
    for name, orders in {"one_below_two": (1, 2, 3), "two_below_one": (2, 1, 3), "three_lowest": (2, 3, 1)}.items():
        for color in ("grey", "lab"):
            yield StateCase(
                f"rr_42_{name}_{color}",
                f"RR-42: layers of the orders {orders}: the lower ones first, each in its colour ({color})",
                dark,
                partial(_three_layers, orders, color),
            )


def _three_layers(orders: Sequence[int], color: str) -> dict[str, Any]:
    tones = zip(("A", "B", "C"), orders, (0xFFFF, 0xB000, 0x8000), (RED, GREEN, BLUE), strict=True)
    layers = [layer(name, order, grey, lab if color == "lab" else ()) for name, order, grey, lab in tones]
    squares = [
        ("A", figure("POLYLINE", [20, 20, 90, 20, 90, 70, 20, 70, 20, 20], filled=True)),
        ("B", figure("POLYLINE", [50, 40, 140, 40, 140, 90, 50, 90, 50, 40], filled=True)),
        ("C", figure("CIRCLE", [85, 70, 85, 92], filled=True)),
    ]
    return {
        "GraphicLayerSequence": layers,
        "GraphicAnnotationSequence": [annotation(name, [square]) for name, square in squares],
    }


def _orientations() -> Iterator[StateCase]:
    for rotation, flip in ORIENTATIONS:
        yield StateCase(
            f"rr_39_40_41_turned_by_{rotation}{'_and_flipped' if flip == 'Y' else ''}",
            "RR-39 … RR-41: figures in PIXEL units and texts turn with the image, those in DISPLAY units do not",
            dark,
            partial(_oriented, rotation, flip),
        )


def _oriented(rotation: int, flip: str) -> dict[str, Any]:
    edges = {"L": 1, "R": COLUMNS, "T": 1, "B": ROWS}
    first, last = ([edges[corner[0]], edges[corner[1]]] for corner in WHOLE_CORNERS[rotation, flip])
    figures = [
        figure("POLYLINE", [10, 22, 40, 22, 40, 30, 18, 30, 18, 110, 10, 110, 10, 22], filled=True),
        figure("CIRCLE", [0.875, 0.125, 0.875, 0.2], "DISPLAY", filled=True),
    ]
    return annotated(
        figures,
        [boxed("HHHH\r\nH", [60, 35, 120, 95])],
        ImageRotation=rotation,
        ImageHorizontalFlip=flip,
        DisplayedAreaSelectionSequence=area(first, last, "SCALE TO FIT"),
    )


def _areas() -> Iterator[StateCase]:
    part = [figure("POLYLINE", [10, 4, 22, 4, 22, 14, 10, 14, 10, 4], filled=True)]
    corner = [figure("ELLIPSE", [0.6, 0.8, 0.9, 0.8, 0.75, 0.7, 0.75, 0.9], "DISPLAY", filled=True)]
    for name, first, last, mode, size, more in (
        ("fit_a_part", (5, 3), (24, 17), "SCALE TO FIT", (180, 200), {}),
        ("fit_beyond_the_image", (-15, -11), (48, 36), "SCALE TO FIT", (None, 256), {}),
        ("fit_halved", (-31, -23), (64, 48), "SCALE TO FIT", (36, None), {}),
        ("fit_tall_pixels", (1, 1), (32, 24), "SCALE TO FIT", (None, 128), {"aspect": (2, 1)}),
        ("true_size_unscaled", (-7, 3), (24, 30), "TRUE SIZE", (None, None), {}),
        ("true_size_fitted", (1, 1), (32, 24), "TRUE SIZE", (96, 1000), {}),
        ("magnify_whole", (1, 1), (32, 24), "MAGNIFY", (None, None), {"PresentationPixelMagnificationRatio": 5.0}),
        ("magnify_cropped", (1, 1), (32, 24), "MAGNIFY", (70, 200), {"PresentationPixelMagnificationRatio": 8.0}),
        ("magnify_beyond", (-3, -3), (36, 28), "MAGNIFY", (100, 100), {"PresentationPixelMagnificationRatio": 4.0}),
    ):
        if name != "fit_halved":
            yield StateCase(
                f"rr_40_{name}",
                f"RR-40, REQ-URI-8.2.9-6 … -8: {mode}, with figures in both units",
                blocks,
                partial(_shown_area, (first, last, mode), more, part + corner),
                rows=size[0],
                columns=size[1],
            )
    yield StateCase(
        "rr_40_fit_halved",
        "RR-40: an area beyond the image, made smaller: means of the image and of the black around it",
        dark,
        partial(_shown_area, ((-39, -29), (280, 210), "SCALE TO FIT"), {}, corner),
        columns=160,
    )


def _shown_area(shown: Any, more: dict[str, Any], figures: Sequence[Dataset]) -> dict[str, Any]:  # noqa: ANN401 -- corners and mode
    return annotated(figures, DisplayedAreaSelectionSequence=area(*shown, **more))


def _matrix() -> Iterator[StateCase]:
    for frame in (1, 2, 3, 4):
        yield StateCase(
            f"rr_41_matrix_frame_{frame}",
            "RR-41, C.7.6.17.3: figures in units of the total pixel matrix lie on the tiles that they cross",
            tiled,
            _in_matrix,
            frame=frame,
        )


def _in_matrix() -> dict[str, Any]:
    return annotated(
        [
            figure("CIRCLE", [80, 60, 115, 60], "MATRIX", filled=True),
            figure("POLYLINE", [5, 5, 145, 105], "MATRIX"),
            figure("POINT", [10.5, 50.5], "PIXEL"),
        ]
    )
