"""How an object is to leave: its transfer syntax, its character set, whether one may know whose it is."""

from __future__ import annotations

import msgspec

from openwado.dicom.deidentification import Deidentification


class ObjectWishes(msgspec.Struct, frozen=True, array_like=True):
    """How an object is to leave.

    Attributes:
        transfer_syntax: "" for the stored one.
        image_quality: for lossy transfer syntaxes; None: the default.
        charset: the IANA name of a character set; "" for the stored one.
        character_set: the values of Specific Character Set (0008,0005) that it means.
        deidentification: what takes out who it is about; None: nothing does.
    """

    transfer_syntax: str = ""
    image_quality: int | None = None
    charset: str = ""
    character_set: tuple[str, ...] = ()
    deidentification: Deidentification | None = None

    @property
    def changes_values(self) -> bool:
        """Whether more than the coding changes."""
        return bool(self.charset) or self.deidentification is not None


AS_STORED = ObjectWishes()
