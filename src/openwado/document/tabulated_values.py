"""TABLE content items: numbers, texts and codes in rows and columns (PS3.3 C.18.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.document.item_source import item_code
from openwado.document.model import Table
from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from openwado.document.item_source import Source

_TABULATED, _ROWS, _COLUMNS = 0x0040A801, 0x0040A802, 0x0040A803
_ROW_NUMBER, _COLUMN_NUMBER = 0x0040A804, 0x0040A805
_ROW_DEFINITIONS, _COLUMN_DEFINITIONS, _CELLS = 0x0040A806, 0x0040A807, 0x0040A808
_CONCEPT_NAME, _CONCEPT_CODE, _UNITS = 0x0040A043, 0x0040A168, 0x004008EA
_SELECTOR_CODE: Final = 0x00720080
#: Values of cells: words, and numbers.
_WORDS: Final = (
    *(0x0072005E, 0x0072005F, 0x00720060, 0x00720061, 0x00720062, 0x00720063, 0x00720064, 0x00720066),
    *(0x00720068, 0x0072006A, 0x0072006B, 0x0072006C, 0x0072006E, 0x0072006F, 0x00720070, 0x00720071, 0x00720072),
    0x0072007F,
)
_FLOATS, _WHOLES = (0x00720074, 0x00720076), (0x00720078, 0x0072007A, 0x0072007C, 0x0072007E)
#: Cells of the largest table.
_CELLS_MAX: Final = 100_000


def read_table(source: Source) -> Table | None:
    """Return the table of an item, its first column the names of rows where they have some.

    Raises:
        CorruptObject: it is larger than any table.
    """
    values = source.inner(_TABULATED)
    if values is None:
        return None
    rows, columns = (values.attributes.integer(tag) or 0 for tag in (_ROWS, _COLUMNS))
    if rows < 0 or columns < 0 or rows * columns > _CELLS_MAX or max(rows, columns) > _CELLS_MAX:
        raise CorruptObject("A table of the report is too large.")
    row_names, column_names = (
        _names(values, _ROW_DEFINITIONS, _ROW_NUMBER),
        _names(values, _COLUMN_DEFINITIONS, _COLUMN_NUMBER),
    )
    cells = {_place(cell): _cell(cell) for cell in values.all(_CELLS)}
    named = bool(row_names)
    return Table(
        head=tuple(([""] if named else []) + [column_names.get(number, "") for number in range(1, columns + 1)]),
        rows=tuple(
            tuple(
                ([row_names.get(row, "")] if named else [])
                + [cells.get((row, column), "") for column in range(1, columns + 1)]
            )
            for row in range(1, rows + 1)
        ),
    )


def _place(cell: Source) -> tuple[int, int]:
    return cell.attributes.integer(_ROW_NUMBER) or 0, cell.attributes.integer(_COLUMN_NUMBER) or 0


def _names(values: Source, sequence: int, number: int) -> dict[int, str]:
    found = {}
    for definition in values.all(sequence):
        name, unit = item_code(definition.inner(_CONCEPT_NAME)), item_code(definition.inner(_UNITS))
        words = " ".join(filter(None, (name.words if name else "", f"[{unit.words}]" if unit else "")))
        found[definition.attributes.integer(number) or 0] = words
    return found


def _cell(cell: Source) -> str:
    code = item_code(cell.inner(_SELECTOR_CODE)) or item_code(cell.inner(_CONCEPT_CODE))
    if code is not None:
        return code.words
    attributes = cell.attributes
    words = next((cell.text(tag) for tag in _WORDS if tag in attributes), "")
    floats = (f"{number:g}" for tag in _FLOATS for number in attributes.decimals(tag) if number is not None)
    wholes = (str(number) for tag in _WHOLES for number in attributes.integers(tag, signed=True))
    return words or ", ".join((*floats, *wholes))
