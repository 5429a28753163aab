"""What a document says, whatever it is written in: values only, made by readers and taken by writers.

A report is a tree of content items (PS3.3 C.17.3). Other documents are made of sections, paragraphs, lists, tables and
figures; both may stand beside one another.
"""

from __future__ import annotations

import msgspec

from openwado.document.facts import FactGroup, Flag, Identity

#: Content items of one document, rows of tables and so on: more are refused.
NODES_MAX = 500_000


class Code(msgspec.Struct, frozen=True, gc=False):
    """A coded concept (PS3.3 8.8): its meaning is what people read.

    Attributes:
        meaning: (0008,0104), "" where absent.
        value: (0008,0100), or the long or URN value in its stead.
        scheme: (0008,0102).
        version: of the scheme (0008,0103).
    """

    meaning: str
    value: str = ""
    scheme: str = ""
    version: str = ""

    @property
    def words(self) -> str:
        """What people read: the meaning, else the value."""
        return self.meaning or self.value


class Measure(msgspec.Struct, frozen=True, gc=False):
    """One numeric value.

    Attributes:
        number: as the object writes it.
        unit: None where there is none.
        precise: the floating point value or fraction that stands beside the number, "" for none.
    """

    number: str
    unit: Code | None = None
    precise: str = ""


class Reference(msgspec.Struct, frozen=True):
    """Another object that a content item refers to (C.17.3.5; C.18.3, C.18.4, C.18.5).

    Attributes:
        sop_class_uid: (0008,1150).
        sop_instance_uid: (0008,1155).
        frames: numbers of the frames that are meant, from 1; () for all.
        segments: numbers of the segments that are meant.
        channels: pairs of multiplex group and channel of a waveform, from 1.
        presentation_state: SOP Instance UID of the presentation state to show it with, "" for none.
    """

    sop_class_uid: str
    sop_instance_uid: str
    frames: tuple[int, ...] = ()
    segments: tuple[int, ...] = ()
    channels: tuple[tuple[int, int], ...] = ()
    presentation_state: str = ""


class Coordinates(msgspec.Struct, frozen=True):
    """Points in space or time (C.18.6, C.18.7, C.18.9).

    Attributes:
        kind: Graphic Type or Temporal Range Type: POINT, POLYLINE, CIRCLE, SEGMENT …
        numbers: flat: column and row of each point in pixels (SCOORD), x, y and z in mm (SCOORD3D), or sample
            positions or seconds (TCOORD).
        dimensions: how many numbers make a point: 2, 3 or 1.
        texts: what is no number: date-times of a TCOORD.
        frame_of_reference: UID of what x, y and z are measured in (3006,0024).
        pixel_origin: whether columns and rows count in a FRAME or in the whole VOLUME of tiles (0048,0301).
    """

    kind: str
    numbers: tuple[float, ...] = ()
    dimensions: int = 2
    texts: tuple[str, ...] = ()
    frame_of_reference: str = ""
    pixel_origin: str = ""

    @property
    def is_in_matrix(self) -> bool:
        """Whether it lies in the total pixel matrix of tiles, so that the picture of a frame says nothing of where."""
        return self.pixel_origin.upper() == "VOLUME"


class Table(msgspec.Struct, frozen=True):
    """A table.

    Attributes:
        head: of its columns, () for none.
        rows: of cells of plain text.
        caption: "" for none.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One content item of a report, or one attribute of an object.

    Attributes:
        value_type: (0040,A040): CONTAINER, TEXT, CODE, NUM, PNAME, DATE, TIME, DATETIME, UIDREF, IMAGE, COMPOSITE,
            WAVEFORM, SCOORD, SCOORD3D, TCOORD, TABLE; REFERENCE for an item by reference; VR for an attribute.
        relationship: to its parent (0040,A010), "" for the root.
        name: the concept name, None where there is none.
        text: as people read it; "" where `code`, `measures`, `reference` or `coordinates` say it.
        stored: as the object writes it, where `text` says it in another form; else "".
        code: of a CODE item.
        measures: of a NUM item; several where the value has several representations (floating point, rational).
        qualifier: why a NUM item has no value, or what is special about it (0040,A301).
        reference: of IMAGE, COMPOSITE and WAVEFORM.
        coordinates: of SCOORD, SCOORD3D and TCOORD.
        table: of TABLE.
        target: of an item by reference: the identifier of the item that it means.
        identifier: its own: positions in the tree from the root, such as 1.2.3.
        observed: observation date and time, as people read it.
        uid: observation UID.
        template: identifier of the template of a container.
        separate: Continuity of Content: False for CONTINUOUS, whose items are one flow of text.
        children: in order.
    """

    value_type: str
    identifier: str
    relationship: str = ""
    name: Code | None = None
    text: str = ""
    stored: str = ""
    code: Code | None = None
    measures: tuple[Measure, ...] = ()
    qualifier: Code | None = None
    reference: Reference | None = None
    coordinates: Coordinates | None = None
    table: Table | None = None
    target: str = ""
    observed: str = ""
    uid: str = ""
    template: str = ""
    separate: bool = True
    children: tuple[Item, ...] = ()


class Run(msgspec.Struct, frozen=True, gc=False):
    """A piece of a paragraph: style is "", bold, italic, underline, sub, sup or code; address "" where it is no link.

    An address begins with # (a place in this document), or is shown but not followed.
    """

    text: str
    style: str = ""
    address: str = ""


class Paragraph(msgspec.Struct, frozen=True):
    """Text in lines that break where they must; a run of one line feed breaks one."""

    runs: tuple[Run, ...]
    anchor: str = ""


class Cell(msgspec.Struct, frozen=True):
    """A cell of a grid.

    Attributes:
        nodes: in it.
        is_head: whether it is a heading.
        columns, rows: how many it spans.
    """

    nodes: tuple[Node, ...]
    is_head: bool = False
    columns: int = 1
    rows: int = 1


class Grid(msgspec.Struct, frozen=True):
    """A table whose cells hold anything."""

    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""


class Entries(msgspec.Struct, frozen=True):
    """A list, numbered or not."""

    entries: tuple[tuple[Node, ...], ...]
    numbered: bool = False
    caption: str = ""


class Section(msgspec.Struct, frozen=True):
    """A part of a document under a heading; code: of its kind, where one is told."""

    heading: str
    nodes: tuple[Node, ...]
    code: Code | None = None
    anchor: str = ""


class Figure(msgspec.Struct, frozen=True):
    """A drawing, as SVG of our own, and what it shows in words."""

    svg: str
    caption: str


Node = Item | Section | Paragraph | Entries | Grid | Table | Figure


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document.

    Attributes:
        title: of it; a code's meaning where it is one.
        title_code: that code, or what kind of document it is beside a title of its own.
        kind: what the object is, in words (its SOP Class).
        flags: completion, verification …
        groups: patient, study, document.
        nodes: the body: of a report, its root item alone.
        references: by SOP Instance UID: where objects that it refers to are.
        has_codes: whether there may be codes in it, to be shown to whoever asks.
        identity: of the object that it was read from.
    """

    title: str
    title_code: Code | None = None
    kind: str = ""
    flags: tuple[Flag, ...] = ()
    groups: tuple[FactGroup, ...] = ()
    nodes: tuple[Node, ...] = ()
    references: dict[str, Place] = {}
    has_codes: bool = True
    identity: Identity = Identity()

    @property
    def subtitle(self) -> str:
        """What the object is, "" where the title says so already."""
        return "" if self.kind.casefold() == self.title.casefold() else self.kind

    @property
    def shown_code(self) -> Code | None:
        """The code that is shown as the title; None where the title has words of its own."""
        return self.title_code if self.title_code is not None and self.title_code.words == self.title else None


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a referenced object is, and what is known of it.

    Attributes:
        study_instance_uid, series_instance_uid: of it.
        drawn: whether this server has it, and draws it.
        rows, columns: of its pixels, 0 where not known.
        number_of_frames: of it.
        here: whether this server has it at all.
        media_type: that it is best seen in.
    """

    study_instance_uid: str
    series_instance_uid: str
    drawn: bool = False
    rows: int = 0
    columns: int = 0
    number_of_frames: int = 0
    here: bool = False
    media_type: str = "application/dicom"
