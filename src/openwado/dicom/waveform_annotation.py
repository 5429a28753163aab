"""What is said about a waveform: texts, concepts and measurements, and where (PS3.3 C.10.10)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from openwado.dicom.coded_entry import CodedEntry, first_code

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes

#: Annotations of one object: what follows is left out, and counted.
ANNOTATIONS_MAX: Final = 10_000
#: Longest text, bytes.
_TEXT_MAX: Final = 1 << 16

_ANNOTATIONS, _TEXT, _GROUP = 0x0040B020, 0x00700006, 0x0040A180
_NAME, _CODE, _MODIFIER = 0x0040A043, 0x0040A168, 0x0040A195
_NUMBER, _UNITS = 0x0040A30A, 0x004008EA
_CHANNELS, _RANGE, _POSITIONS, _OFFSETS, _TIMES = 0x0040A0B0, 0x0040A130, 0x0040A132, 0x0040A138, 0x0040A13A


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotation (C.10.10).

    Attributes:
        text: Unformatted Text Value (0070,0006).
        name: what it is about (0040,A043).
        modifier: of the name (0040,A195).
        code: a coded statement (0040,A168).
        number: Numeric Value (0040,A30A) as written.
        units: of it (0040,08EA).
        group: Annotation Group Number (0040,A180).
        channels: pairs of multiplex group and channel from 1; channel 0 means the whole group (C.10.10.1.1).
        range_type: Temporal Range Type (0040,A130): POINT, MULTIPOINT, SEGMENT, MULTISEGMENT, BEGIN or END.
        positions: sample positions, from 1 (0040,A132).
        offsets: seconds from the start of the group's samples (0040,A138).
        times: as written (0040,A13A).
    """

    text: str = ""
    name: CodedEntry | None = None
    modifier: CodedEntry | None = None
    code: CodedEntry | None = None
    number: str = ""
    units: CodedEntry | None = None
    group: int | None = None
    channels: tuple[tuple[int, int], ...] = ()
    range_type: str = ""
    positions: tuple[int, ...] = ()
    offsets: tuple[float, ...] = ()
    times: tuple[str, ...] = ()

    @property
    def is_placed(self) -> bool:
        """Whether it has a place in time."""
        return bool(self.positions or self.offsets)


def read_annotations(attributes: Attributes) -> tuple[tuple[Annotation, ...], int]:
    """Return the annotations of an object, and how many more there are that were left out.

    Raises:
        openwado.dicom.block_reader.Unreadable: a limit is exceeded.
    """
    character_set = attributes.character_set()
    items = attributes.items(_ANNOTATIONS)
    found = tuple(_annotation(item, character_set) for item in islice(items, ANNOTATIONS_MAX))
    return found, sum(1 for _ in items)


def _annotation(item: Attributes, character_set: tuple[str, ...]) -> Annotation:
    character_set = item.character_set() or character_set
    channels = item.integers(_CHANNELS)
    return Annotation(
        text=item.decoded_text(_TEXT, character_set, _TEXT_MAX),
        name=first_code(item, _NAME, character_set),
        modifier=_modifier(item, character_set),
        code=first_code(item, _CODE, character_set),
        number=item.text(_NUMBER),
        units=first_code(item, _UNITS, character_set),
        group=item.integer(_GROUP),
        channels=tuple(zip(channels[::2], channels[1::2], strict=False)),
        range_type=item.text(_RANGE),
        positions=item.integers(_POSITIONS),
        offsets=tuple(offset for offset in item.decimals(_OFFSETS) if offset is not None),
        times=item.texts(_TIMES),
    )


def _modifier(item: Attributes, character_set: tuple[str, ...]) -> CodedEntry | None:
    """Return the modifier of the name: in the name's own item, or beside it."""
    name = item.first_item(_NAME)
    inner = first_code(name, _MODIFIER, character_set) if name is not None else None
    return inner or first_code(item, _MODIFIER, character_set)
