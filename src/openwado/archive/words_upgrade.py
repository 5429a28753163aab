"""Gives the studies of an index of an older version the words by which they are found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openwado.archive.list_rows import description_of
from openwado.archive.study_words import NAMED_SERIES, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Studies that are in memory at the same time.
_BATCH: Final = 1000

STUDIES: Final = "SELECT number, description FROM study WHERE number > ? ORDER BY number LIMIT ?"
SERIES: Final = "SELECT study, modality, description FROM series WHERE study >= ? AND study <= ? ORDER BY study, number"
DESCRIBE: Final = "UPDATE study SET words = ? WHERE number = ?"


def give_words(
    rows: Callable[[str, Sequence[Any]], list[Any]], write: Callable[[str, list[tuple[str, int]]], object]
) -> None:
    """Write the words of all studies.

    Args:
        rows: returns what a statement selects.
        write: does a statement for each of some values.
    """
    last = -1
    while batch := rows(STUDIES, (last, _BATCH)):
        series: dict[int, list[tuple[str, bytes]]] = {number: [] for number, _ in batch}
        last = batch[-1][0]
        for study, modality, blob in rows(SERIES, (batch[0][0], last)):
            series[study].append((modality, blob))
        write(DESCRIBE, [(_words(blob, series[number]), number) for number, blob in batch])


def _words(study: bytes, series: list[tuple[str, bytes]]) -> str:
    names = [description_of(blob).series_description for _, blob in series[:NAMED_SERIES]]
    return words_of(description_of(study), [modality for modality, _ in series], names)
