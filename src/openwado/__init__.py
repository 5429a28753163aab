"""openwado: a WADO server (ISO 17432, DICOM PS3.18 WADO-URI), and what it makes in a program or a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.version import __version__

if TYPE_CHECKING:
    from openwado.errors import WadoError
    from openwado.library import Answer, NoObject, OpenObject, open_object

__all__ = ["Answer", "NoObject", "OpenObject", "WadoError", "__version__", "open_object"]


def __getattr__(name: str) -> object:
    """Import what a program asks for: the server's own processes do not pay for it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from openwado import errors, library  # noqa: PLC0415 -- heavy

    return getattr(errors if name == "WadoError" else library, name)
