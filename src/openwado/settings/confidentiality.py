"""What anonymize=yes needs to know."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from openwado.settings.kinds import Tables
from openwado.settings.pictures import PictureSettings


class ConfidentialitySettings(PictureSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What anonymize=yes needs to know."""

    title: ClassVar[str] = "Anonymized objects"

    deidentification_key: Annotated[
        str,
        Meta(
            description="Secret of the pseudonyms that anonymize=yes makes; servers with the same one agree. Empty: "
            "made at the first start and kept in the data folder."
        ),
    ] = ""
    burned_in_rules: Annotated[
        Tables,
        Meta(
            description="Where images have text in their pixels: tables with any of modality, manufacturer, model, "
            "sop_class_uid, rows, columns, and rectangles (left, top, width, height), which anonymize=yes blacks out; "
            "an empty list says that there is none. In the environment: JSON."
        ),
    ] = ()
