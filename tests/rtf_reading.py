"""What a reader of RTF shows, for tests: its control words of text only."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\\u(-?\d+) ?|\\'([0-9a-f]{2})|\\([a-z]+)(-?\d+)? ?|\\([^a-z])|([{}])|([^\\{}\r\n]+)|[\r\n]")
_BREAKS = {"par": "\n", "line": "\n", "cell": "\t", "row": "\n", "tab": "\t"}


def groups_of(rtf: str) -> list[str]:
    """Return the first control words of all groups, with which a reader decides what they are."""
    return re.findall(r"(?<!\\)\{(\\\*?\\?[a-z]+)", rtf)


def shown_text(rtf: str) -> str:
    """Return the text of the body; raise where braces do not match."""
    units: list[str] = []
    hidden: list[bool] = [False]
    skip = 0
    for found in _TOKEN.finditer(rtf):
        unicode, byte, word, _, sign, brace, text = found.groups()
        if brace == "{":
            after = rtf[found.end() : found.end() + 12]
            hidden.append(hidden[-1] or bool(re.match(r"\\(\*|fonttbl|colortbl|stylesheet|info|footer)", after)))
        elif brace == "}":
            hidden.pop()
            if not hidden:
                raise ValueError("a brace too many")
        elif not hidden[-1]:
            if skip and text:
                text, skip = text[skip:], 0
            units.append(text or sign or _BREAKS.get(word or "", ""))
            if unicode:
                units.append((int(unicode) % 65536).to_bytes(2, "little").decode("utf-16-le", "surrogatepass"))
                skip = 1
            if byte:
                units.append(chr(int(byte, 16)))
    if len(hidden) != 1 or sum(len(found[0]) for found in _TOKEN.finditer(rtf)) != len(rtf):
        raise ValueError("a brace is missing, or something is no RTF")
    return "".join(units).encode("utf-16-le", "surrogatepass").decode("utf-16-le")
