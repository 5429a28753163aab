"""The rows of an index as expressions of SQL: what the program writes for one object, with the values of others in it.

Each expression is of a table `made` (number, study, series, instance) of UIDs, whose rows come in order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filling.notes import INODE, MODIFIED, SERIES_LENGTH, STUDY_LENGTH, WITH_FRAMES, Uids, note
from openwado.archive.blob import pack, pack_entries
from openwado.archive.study_words import words_of
from openwado.dicom.formatting import date
from openwado.dicom.instance import RECORD_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.dicom.instance import Reading

_STUDY = f"number / {STUDY_LENGTH}"
_SERIES = f"number / {SERIES_LENGTH}"
_SERIES_NUMBER = f"{_SERIES} % {STUDY_LENGTH // SERIES_LENGTH}"
_INSTANCE_NUMBER = f"number % {SERIES_LENGTH} + 1"

#: The object that the template is of: its values occur nowhere else in its record.
_TEMPLATE = 7_654_321


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a database says what is needed here; each with places for its arguments."""

    digits: str
    hexadecimal: str
    characters: str
    octets: str
    constant: str
    whole: str

    def decimal(self, width: int, expression: str) -> str:
        """Return a number as a text of so many digits."""
        return self.digits.format(width, expression)

    def number(self, width: int, expression: str) -> str:
        """Return a number as so many bytes, the highest first."""
        return self.octets.format(self.hexadecimal.format(2 * width, expression))

    def text(self, expression: str) -> str:
        """Return the bytes of a text."""
        return self.characters.format(expression)

    def blob(self, stored: bytes, values: dict[bytes, str]) -> str:
        """Return stored bytes with other bytes in place of some.

        Raises:
            ValueError: one of those to be replaced is not in there.
        """
        parts: list[bytes | str] = [stored]
        for value, expression in values.items():
            if not any(isinstance(part, bytes) and value in part for part in parts):
                raise ValueError(f"{value!r} is not in the template")
            parts = [piece for part in parts for piece in _split(part, value, expression)]
        pieces = [self.constant.format(part.hex()) if isinstance(part, bytes) else part for part in parts if part]
        return self.whole.format(" || ".join(pieces))


def _split(part: bytes | str, value: bytes, expression: str) -> Iterator[bytes | str]:
    if isinstance(part, str):
        yield part
        return
    first, *others = part.split(value)
    yield first
    for other in others:
        yield expression
        yield other


SQLITE = Dialect(
    digits="printf('%0{}d', {})",
    hexadecimal="printf('%0{}x', {})",
    characters="{}",
    octets="unhex({})",  # made by `databases`: SQLite has it since 3.41
    constant="x'{}'",
    whole="CAST({} AS BLOB)",
)

POSTGRESQL = Dialect(
    digits="lpad(({1})::text, {0}, '0')",
    hexadecimal="lpad(to_hex({1}), {0}, '0')",
    characters="convert_to({}, 'UTF8')",
    octets="decode({}, 'hex')",
    constant="'\\x{}'::bytea",
    whole="({})",
)


def statements(of: Dialect, uid_length: int) -> tuple[str, ...]:
    """Return the statements that fill the tables from `made`, in order.

    Args:
        of: the database.
        uid_length: of all UIDs, characters.
    """
    day = f"'20' || {of.decimal(2, f'{_STUDY} % 25')} || '0' || {of.decimal(1, f'{_STUDY} % 9 + 1')} || '15'"
    description = _description(of, day)
    study = {
        "number": f"{_STUDY} + 1",
        "study_instance_uid": "study",
        "study_date": day,
        "words": _words(of),
        "description": description,
    }
    series = {
        "number": f"{_SERIES} + 1",
        "study": f"{_STUDY} + 1",
        "series_instance_uid": "series",
        "place": _SERIES_NUMBER,
        "modality": "'CT'",
        "number_of_instances": str(SERIES_LENGTH),
        "description": description,
    }
    instance = {
        "number": "number + 1",
        "sop_instance_uid": "instance",
        "series": f"{_SERIES} + 1",
        "file": "number + 1",
        "place": _INSTANCE_NUMBER,
        "drawable_frames": "1",
        "gone": "0",
        "record": _record(of, uid_length),
        "description": description,
    }
    blocks = [
        {"instance": "number + 1", "block": str(number), "entries": of.constant.format(entries.hex())}
        for number, entries in pack_entries(_reading(Uids(0, "1", "2", "3")).frames)
    ]
    return (
        _insert("file", _file(of)),
        _insert("study", study, every=STUDY_LENGTH),
        _insert("series", series, every=SERIES_LENGTH),
        _insert("instance", instance),
        *(_insert("frame", block, every=WITH_FRAMES) for block in blocks),
    )


def _insert(table: str, columns: dict[str, str], every: int = 1) -> str:
    names, values = ", ".join(columns), ", ".join(columns.values())
    return f"INSERT INTO {table} ({names}) SELECT {values} FROM made WHERE number % {every} = 0"  # noqa: S608 -- as above


def _reading(of: Uids) -> Reading:
    reading = note(of).reading
    if reading is None:
        raise ValueError("the template has no record")
    return reading


def _key(of: Dialect) -> str:
    folders = f"{of.decimal(6, _STUDY)} || '/' || {of.decimal(7, _SERIES)}"
    return f"'/srv/dicom/2025/' || {folders} || '/IM' || {of.decimal(8, 'number')} || '.dcm'"


def _file(of: Dialect) -> dict[str, str]:
    return {
        "number": "number + 1",
        "key": _key(of),
        "size": str(note(Uids(_TEMPLATE, "1", "2", "3")).stamp.size),
        "modified_ns": f"{MODIFIED} + number",
        "changed_ns": f"{MODIFIED} + number",
        "inode": f"{INODE} + number",
        "record_version": str(RECORD_VERSION),
        "outcome": "'indexed'",
        "reason": "''",
        "sop_instance_uid": "instance",
    }


def _record(of: Dialect, uid_length: int) -> str:
    study, series, instance = (letter * uid_length for letter in "123")
    template = _reading(Uids(_TEMPLATE, study, series, instance)).instance
    return of.blob(
        pack(template),
        {
            study.encode(): of.text("study"),
            series.encode(): of.text("series"),
            instance.encode(): of.text("instance"),
            template.key.encode(): of.text(f"({_key(of)})"),
            template.version.encode(): of.text(of.hexadecimal.format(32, "number")),
            template.stamp.modified_ns.to_bytes(8, "big"): of.number(8, f"{MODIFIED} + number"),
            template.stamp.inode.to_bytes(4, "big"): of.number(4, f"{INODE} + number"),
        },
    )


def _words(of: Dialect) -> str:
    """Return the words by which a study is found."""
    said = _reading(Uids(_TEMPLATE, "1", "2", "3")).description
    number = f"{_TEMPLATE // STUDY_LENGTH:06d}"
    values = {
        said.patient_id: of.decimal(8, _STUDY),
        f"a{number}": f"'a' || {of.decimal(6, _STUDY)}",
        number: of.decimal(6, _STUDY),
        date(said.study_date): (
            f"'20' || {of.decimal(2, f'{_STUDY} % 25')} || '-0' || {of.decimal(1, f'{_STUDY} % 9 + 1')} || '-15'"
        ),
    }
    places = re.split(f"({'|'.join(values)})", words_of(said, [said.modality], [said.series_description]))
    if set(places[1::2]) != set(values):
        raise ValueError("a value is not in the words of the template")
    return " || ".join(values.get(place) or f"'{place}'" for place in places)


def _description(of: Dialect, day: str) -> str:
    """Return what lists say of an object."""
    words = _reading(Uids(_TEMPLATE, "1", "2", "3")).description
    numbers = bytes([words.series_number or 0]), bytes([words.instance_number or 0])
    modality, series = b"\xa2CT", b"\xaaAxial 1 mm"  # in MessagePack, before each of the two numbers
    return of.blob(
        pack(words),
        {
            words.patient_name.encode(): of.text(f"('Example^Person ' || {of.decimal(6, _STUDY)})"),
            words.accession_number.encode(): of.text(f"('A' || {of.decimal(6, _STUDY)})"),
            words.patient_id.encode(): of.text(of.decimal(8, _STUDY)),
            words.study_date.encode(): of.text(f"({day})"),
            modality + numbers[0]: f"{of.constant.format(modality.hex())} || {of.number(1, _SERIES_NUMBER)}",
            series + numbers[1]: f"{of.constant.format(series.hex())} || {of.number(1, _INSTANCE_NUMBER)}",
        },
    )
