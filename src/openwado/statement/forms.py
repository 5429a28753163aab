"""The forms and languages that the statement can be had in."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openwado.document.labels import Language

Form = Literal["html", "md", "pdf"]

#: Media types by form, the default first.
MEDIA_TYPES: Final[Mapping[Form, str]] = MappingProxyType(
    {"html": "text/html", "md": "text/markdown", "pdf": "application/pdf"}
)
#: Languages by what they are called on the command line and in addresses.
LANGUAGES: Final[Mapping[str, Language]] = MappingProxyType({"en": "en", "zh": "zh-CN"})
