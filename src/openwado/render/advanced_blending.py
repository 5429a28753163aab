"""Blending several images into one, step by step (PS3.4 N.2.6; RR-43)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from openwado.dicom.advanced_blending import BlendStep


@dataclass(frozen=True, slots=True)
class Visible:
    """An image on the grid of the picture.

    Attributes:
        pixels: RGB, 0 … 255; 0 where there is nothing.
        present: where there is something: no padding.
    """

    pixels: NDArray[np.float32]
    present: NDArray[np.bool_]


def blended_steps(steps: tuple[BlendStep, ...], drawn: Callable[[int], Visible]) -> NDArray[np.uint8]:
    """Return the RGB picture of the step whose result is shown; what is nowhere present is black.

    Each image is drawn when it is needed, and let go of when nothing needs it any more.

    Args:
        steps: exactly one of them without number.
        drawn: gives an input by its number.

    Raises:
        CorruptObject: a step needs its own result.
    """
    by_number = {step.number: step for step in steps}
    needed = Counter(number for step in _reached(by_number) for number in step.inputs)
    kept: dict[int, Visible] = {}

    def visible(number: int) -> Visible:
        if number not in kept:
            kept[number] = result_of(by_number[number]) if number in by_number else drawn(number)
        needed[number] -= 1
        return kept[number] if needed[number] else kept.pop(number)

    def result_of(step: BlendStep) -> Visible:
        images = (visible(number) for number in step.inputs)
        return equally(images) if step.opacity is None else foreground(next(images), next(images), step.opacity)

    levels = np.floor(result_of(by_number[0]).pixels + np.float32(0.5))
    pixels: NDArray[np.uint8] = np.clip(levels, 0, 255).astype(np.uint8)
    return pixels


def _reached(by_number: dict[int, BlendStep]) -> list[BlendStep]:
    """Return the steps that the shown one is made of, each once.

    Raises:
        CorruptObject: one of them needs its own result.
    """
    done: list[BlendStep] = []
    under_way: list[int] = []

    def visit(number: int) -> None:
        step = by_number.get(number)
        if step is None or step in done:
            return
        if number in under_way:
            raise CorruptObject("A step of the advanced blending presentation state needs its own result.")
        under_way.append(number)
        for each in step.inputs:
            visit(each)
        under_way.pop()
        done.append(step)

    visit(0)
    return done


def foreground(first: Visible, second: Visible, opacity: float) -> Visible:
    """Return one image in front of another: opacity of the first and the rest of the second where both are."""
    share = np.float32(opacity)
    mixed = first.pixels * share + second.pixels * (1 - share)
    alone = np.where(first.present[..., None], first.pixels, second.pixels)
    both = first.present & second.present
    return Visible(np.where(both[..., None], mixed, alone), first.present | second.present)


def equally(images: Iterable[Visible]) -> Visible:
    """Return the mean of images at each pixel, of those that are there."""
    total: NDArray[np.float32] | None = None
    count: NDArray[np.float32] | None = None
    for image in images:
        shown = np.where(image.present[..., None], image.pixels, np.float32(0))
        total = shown if total is None else total + shown
        here = image.present.astype(np.float32)
        count = here if count is None else count + here
    if total is None or count is None:
        raise CorruptObject("A step of the advanced blending presentation state blends nothing.")
    divided: NDArray[Any] = total / np.maximum(count, 1)[..., None]
    return Visible(divided.astype(np.float32), count > 0)
