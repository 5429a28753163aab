"""XML of somebody else as a tree: no document type, no entities, nothing fetched, bounded (XML 1.0; REQ-TXT-7)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NoReturn
from xml.parsers import expat

from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Bytes of a document, elements in it, elements inside one another, characters of text.
BYTES_MAX: Final = 32 << 20
ELEMENTS_MAX: Final = 200_000
DEPTH_MAX: Final = 100
CHARACTERS_MAX: Final = 20_000_000

_UNREADABLE: Final = "The XML document in this object cannot be read: "
_DECLARED: Final = re.compile(rb"""^\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,40})["']""")
#: Marks at the beginning, and how `<?` or `<e` begins without one (XML 1.0 F).
_BEGINNINGS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
#: Names of encodings that are read, to Python's.
_ENCODINGS: Final = re.compile(
    r"utf-?8|us-ascii|ascii|iso-?8859-\d{1,2}|latin-?[1-9]|windows-125\d|windows-874|cp125\d|koi8-[ru]|tis-620"
    r"|gbk|gb2312|gb18030|big5(?:-hkscs)?|euc-(?:jp|kr|cn)|shift_jis|iso-2022-(?:jp|kr)"
)
#: Sets that are parts of others, in which documents are often written that say them.
_SUPERSETS: Final = {"gb2312": "gb18030", "gbk": "gb18030", "euc-cn": "gb18030", "iso-8859-1": "cp1252"}


class XmlElement:
    """An element.

    Attributes:
        name: without prefix.
        attributes: by name without prefix.
        parts: elements and texts, in order.
    """

    __slots__ = ("attributes", "name", "parts")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.parts: list[XmlElement | str] = []

    def get(self, name: str) -> str:
        """Return an attribute without white space around, "" where absent."""
        return self.attributes.get(name, "").strip()

    def children(self, *names: str) -> Iterator[XmlElement]:
        """Yield the elements in it of these names, or all."""
        for part in self.parts:
            if isinstance(part, XmlElement) and (not names or part.name in names):
                yield part

    def find(self, *path: str) -> XmlElement | None:
        """Return the first element down a path of names."""
        found: XmlElement | None = self
        for name in path:
            found = next(found.children(name), None) if found is not None else None
        return found

    def walk(self) -> Iterator[XmlElement]:
        """Yield it and all elements in it."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(list(element.children())))

    @property
    def text(self) -> str:
        """All text in it, white space made one."""
        return " ".join("".join(self.pieces()).split())

    def pieces(self) -> Iterator[str]:
        """Yield all text in it as it is written."""
        for part in self.parts:
            if isinstance(part, str):
                yield part
            else:
                yield from part.pieces()


def read_xml(data: bytes) -> XmlElement:
    """Return the root element of a document; comments and processing instructions (style sheets) are passed over.

    Args:
        data: the document; what it is encoded in is seen at its beginning or declared there.

    Raises:
        CorruptObject: it is not well-formed, has a document type, or exceeds a bound.
    """
    if len(data) > BYTES_MAX:
        _refuse("it is too large.")
    builder = _Builder()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    for refused in ("StartDoctypeDeclHandler", "EntityDeclHandler", "ExternalEntityRefHandler", "SkippedEntityHandler"):
        setattr(parser, refused, _refuse_entities)
    try:
        parser.Parse(_decoded(data).encode(), True)  # noqa: FBT003 -- expat's own
    except expat.ExpatError as error:
        _refuse(f"it is not well-formed in line {error.lineno}.")
    except UnicodeError:
        _refuse("its bytes are not in the character set that it declares.")
    if builder.root is None:
        _refuse("it is empty.")
    return builder.root


def _decoded(data: bytes) -> str:
    """Return the characters of a document, without the padding behind it."""
    encoding = next((name for mark, name in _BEGINNINGS if data.startswith(mark)), "")
    if encoding:
        return data[: len(data) & ~1 if encoding.startswith("utf-16") else None].decode(encoding).rstrip("\0 ")
    found = _DECLARED.match(data)
    declared = found[1].decode("ascii").lower() if found else "utf-8"
    if declared.startswith(("utf-16", "utf16", "ucs-2")):  # said, but not so: a text that was encoded again
        declared = "utf-8"
    if not _ENCODINGS.fullmatch(declared):
        _refuse("its character set is not known.")
    try:
        return data.decode(_SUPERSETS.get(declared, declared)).rstrip("\0 ")
    except UnicodeDecodeError:
        return data.decode(declared).rstrip("\0 ")
    except LookupError:
        _refuse("its character set is not known.")


class _Builder:
    """Makes the tree, as far as the bounds."""

    def __init__(self) -> None:
        self.root: XmlElement | None = None
        self._open: list[XmlElement] = []
        self._elements = 0
        self._characters = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > ELEMENTS_MAX or len(self._open) >= DEPTH_MAX:
            _refuse("it is too large or too deeply nested.")
        self._count(sum(map(len, attributes.values())))
        element = XmlElement(_local(name), {_local(key): value for key, value in attributes.items()})
        if self._open:
            self._open[-1].parts.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def characters(self, text: str) -> None:
        self._count(len(text))
        self._open[-1].parts.append(text)

    def _count(self, characters: int) -> None:
        self._characters += characters
        if self._characters > CHARACTERS_MAX:
            _refuse("it is too large.")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _refuse_entities(*_: object) -> NoReturn:
    _refuse("it has a document type or entities, which are not read.")


def _refuse(reason: str) -> NoReturn:
    raise CorruptObject(_UNREADABLE + reason)
