"""The scale of imageQuality for JPEG."""

from __future__ import annotations

import imagecodecs
import numpy as np
import pytest

from openwado.dicom.jpeg_interchange import interchange_file
from openwado.render.jpeg_quality import CHROMINANCE, LUMINANCE, gains_nothing, quantization_of


@pytest.mark.parametrize("quality", range(1, 101))
def test_req_uri_8_2_8_4_it_is_the_scale_of_the_encoder(quality: int) -> None:
    """REQ-URI-8.2.8-4: the tables of a quality are those that the encoder writes; a lower quality saves bytes."""
    noise = np.random.default_rng(quality).integers(0, 255, (32, 48, 3), np.uint8)
    found = interchange_file(bytes(imagecodecs.jpeg8_encode(noise, quality, subsampling="420")), "YBR_FULL_422")
    assert found is not None
    assert found.quantization == (quantization_of(quality, LUMINANCE), *[quantization_of(quality, CHROMINANCE)] * 2)
    assert gains_nothing(quality, found.quantization)
    assert gains_nothing(100, found.quantization)
    assert quality == 1 or not gains_nothing(quality - 1, found.quantization)
