"""The data set as pydicom holds one, and what pydicom's dictionary knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.dicom.block_reader import Unreadable
from openwado.dicom.elements import UNDEFINED_LENGTH
from openwado.dicom.specific_character_set import python_encodings

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from openwado.dicom.attributes import Attributes


def is_in_dictionary(tag: int) -> bool:
    """Return whether a tag is in the data dictionary (PS3.6 6 and 7)."""
    from pydicom.datadict import dictionary_has_tag  # noqa: PLC0415 -- heavy; most files start with a preamble

    return dictionary_has_tag(tag)


def pydicom_dataset(attributes: Attributes) -> Dataset:
    """Return a data set for pydicom; its values stay as stored until they are asked for.

    Args:
        attributes: of the data set.

    Raises:
        Unreadable: the values exceed the limit for headers.
    """
    from pydicom.dataelem import DataElement, RawDataElement  # noqa: PLC0415 -- heavy; reading a record does without
    from pydicom.dataset import Dataset  # noqa: PLC0415 -- as above
    from pydicom.tag import BaseTag  # noqa: PLC0415 -- as above

    if sum(element.length for element in attributes.elements.values()) > attributes.blocks.limits.header_bytes:
        raise Unreadable("header too large")
    implicit, little_endian = not attributes.coding.explicit, attributes.coding.little_endian
    raw: dict[BaseTag, DataElement | RawDataElement] = {
        BaseTag(tag): RawDataElement(
            BaseTag(tag),
            "SQ" if element.undefined and element.vr in ("", "UN") else element.vr or None,
            UNDEFINED_LENGTH if element.undefined else element.length,
            attributes.blocks.source.read_at(element.value_offset, element.length),
            element.value_offset,
            implicit,
            little_endian,
        )
        for tag, element in attributes.elements.items()
    }
    dataset = Dataset(raw)
    dataset.set_original_encoding(implicit, little_endian, python_encodings(attributes.character_set()))
    return dataset
