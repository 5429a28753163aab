"""At most 256 colours for a colour picture, chosen from the picture itself: what GIF needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

COLORS = 256

RARE_COLORS = 32
"""Colours of the palette kept for what is far from all others, however rare: a caliper, a letter."""

FAR = 16
"""Distance in RGB from which a colour is far."""

CHOSEN_FROM = 8192
"""Most colours that the palette is chosen from; beyond it similar ones are taken together."""

MATCHED = 1 << 18
"""Most colours that are matched with the palette; beyond it similar ones are taken together."""

ROUNDS = 3
"""Times that the palette is moved to the means of what is nearest: more gains less than 0.1 dB."""

MATCHED_AT_ONCE = 4096
"""Colours matched at a time: memory stays bounded."""


@dataclass(frozen=True, slots=True)
class _Colors:
    """Colours of a picture.

    Attributes:
        rgb: float64, shape (n, 3).
        counts: how many pixels have each, float64, shape (n,).
    """

    rgb: NDArray[np.float64]
    counts: NDArray[np.float64]

    def part(self, chosen: NDArray[np.bool_]) -> _Colors:
        """Return some of them."""
        return _Colors(self.rgb[chosen], self.counts[chosen])


def index_colors(rgb: NDArray[np.uint8], most: int = COLORS) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Reduce a picture to 256 colours: exactly if it has no more, else each to the nearest of a palette.

    Nothing is dithered: in ultrasound the dots would look like speckle, and dark areas would seem to have texture.

    Args:
        rgb: shape (rows, columns, 3).
        most: colours that may be used, the first of the palette; more than `RARE_COLORS`.

    Returns:
        indexes, shape (rows, columns), and the palette, shape (256, 3). Of a picture with more than `MATCHED` colours,
        similar ones get the nearest to their mean.
    """
    codes = rgb[..., 0].astype(np.int32)
    for channel in (1, 2):
        codes <<= 8
        codes |= rgb[..., channel]
    distinct, counts = np.unique(codes, return_counts=True)
    palette = np.zeros((COLORS, 3), np.uint8)
    if len(distinct) <= most:
        for channel in range(3):
            palette[: len(distinct), channel] = _levels(distinct, channel)
        indexes = np.arange(len(distinct), dtype=np.uint8)
    else:
        chosen = np.floor(_chosen(_similar(distinct, counts, CHOSEN_FROM)[0], most) + 0.5).astype(np.uint8)
        palette[: len(chosen)] = chosen
        matched, member_of = _similar(distinct, counts, MATCHED)
        indexes = _nearest(matched.rgb, chosen)[member_of]
    index_of = np.zeros(1 << 24, np.uint8)
    index_of[distinct] = indexes
    return index_of.take(codes), palette


def _levels(codes: NDArray[np.int32], channel: int) -> NDArray[np.int32]:
    """Return one channel, 0 … 255, of colours that are R·65536 + G·256 + B."""
    return codes >> 8 * (2 - channel) & 255


def _similar(codes: NDArray[np.int32], counts: NDArray[np.int64], most: int) -> tuple[_Colors, NDArray[np.intp]]:
    """Return at most so many colours, means of those that share their upper bits, and of which each is a part."""
    bits = 8
    member_of, length = np.arange(len(codes)), len(codes)
    while length > most:
        bits -= 1
        cells = np.zeros(len(codes), np.int32)
        for channel in range(3):
            cells <<= bits
            cells |= _levels(codes, channel) >> (8 - bits)
        occupied = np.zeros(1 << 3 * bits, np.bool_)
        occupied[cells] = True
        member_of = (np.cumsum(occupied) - 1)[cells]
        length = int(np.count_nonzero(occupied))
    levels = [_levels(codes, channel) for channel in range(3)]
    return _means(levels, counts, member_of, length), member_of


def _means(
    channels: Sequence[NDArray[Any]],
    counts: NDArray[Any],
    member_of: NDArray[Any],
    length: int,
) -> _Colors:
    """Return the mean colour of the members of each group, and how many pixels it has; an empty one is black."""
    weights = np.bincount(member_of, counts, length).astype(np.float64, copy=False)
    sums = [np.bincount(member_of, counts * channel, length) for channel in channels]
    return _Colors(np.stack(sums, axis=1) / np.maximum(weights, 1)[:, np.newaxis], weights)


def _chosen(colors: _Colors, most: int) -> NDArray[np.float64]:
    """Choose a palette, shape (at most so many, 3): what is frequent, and what is rare but far from all of that."""
    groups = _divided([_Group.of(colors)], most - RARE_COLORS)
    rare = _far(colors.rgb, _fitted(colors, _mean_of_each(groups), 1))
    groups = _divided(groups, most - len(rare))
    return _fitted(colors, np.concatenate([_mean_of_each(groups), rare]), ROUNDS)


@dataclass(frozen=True, slots=True)
class _Group:
    """Colours that have one colour of the palette.

    Attributes:
        colors: the colours.
        mean: their mean, weighed by pixels, shape (3,).
        widest: the channel in which they differ most.
        error: the squared error of all pixels against the mean.
    """

    colors: _Colors
    mean: NDArray[np.float64]
    widest: int
    error: float

    @classmethod
    def of(cls, colors: _Colors) -> _Group:
        """Make the group of some colours."""
        mean = colors.counts @ colors.rgb / colors.counts.sum()
        errors = colors.counts @ (colors.rgb - mean) ** 2
        # The mean of one colour may be off by a rounding.
        return cls(colors, mean, int(errors.argmax()), float(errors.sum()) if len(colors.counts) > 1 else 0.0)

    def halves(self) -> tuple[_Group, _Group]:
        """Divide it at the mean of the widest channel; it has two colours or more."""
        above = self.colors.rgb[:, self.widest] > self.mean[self.widest]
        return _Group.of(self.colors.part(~above)), _Group.of(self.colors.part(above))


def _divided(groups: list[_Group], length: int) -> list[_Group]:
    """Divide the group with the largest error, again and again, until there are so many or nothing to divide."""
    divided = list(groups)
    errors = [group.error for group in divided]
    while len(divided) < length and max(errors) > 0:
        worst = errors.index(max(errors))
        halves = divided[worst].halves()
        divided[worst : worst + 1] = halves
        errors[worst : worst + 1] = [half.error for half in halves]
    return divided


def _mean_of_each(groups: list[_Group]) -> NDArray[np.float64]:
    return np.array([group.mean for group in groups])


def _fitted(colors: _Colors, palette: NDArray[np.float64], rounds: int) -> NDArray[np.float64]:
    """Move each colour of a palette to the mean of what is nearest to it, some times."""
    for _ in range(rounds):
        moved = _means(tuple(colors.rgb.T), colors.counts, _nearest(colors.rgb, palette), len(palette))
        palette = np.where(moved.counts[:, np.newaxis] > 0, moved.rgb, palette)
    return palette


def _far(colors: NDArray[np.float64], palette: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the colours that are far from a palette and from each other, the farthest first, shape (at most 32, 3)."""
    distances = ((colors - palette[_nearest(colors, palette)]) ** 2).sum(axis=1)
    far: list[NDArray[np.float64]] = []
    while len(far) < RARE_COLORS and distances.max() > FAR**2:
        far.append(colors[distances.argmax()])
        distances = np.minimum(distances, ((colors - far[-1]) ** 2).sum(axis=1))
    return np.array(far).reshape(-1, 3)


def _nearest(colors: NDArray[np.float64], palette: NDArray[Any]) -> NDArray[np.uint8]:
    """Return for each colour the index of the palette's nearest."""
    targets = palette.astype(np.float32)
    # |p|² - 2 c·p: |c - p|² without |c|², which is the same for every p.
    terms = np.vstack([-2 * targets.T, (targets * targets).sum(axis=1)])
    found = np.empty(len(colors), np.uint8)
    some = np.ones((MATCHED_AT_ONCE, 4), np.float32)
    for start in range(0, len(colors), MATCHED_AT_ONCE):
        part = colors[start : start + MATCHED_AT_ONCE]
        some[: len(part), :3] = part
        found[start : start + len(part)] = (some[: len(part)] @ terms).argmin(axis=1)
    return found
