"""Random multi-frame functional groups beside the plain model of the clauses (RR-18, RR-19, RR-25; C.7.6.16)."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from golden.frame_strategies import enhanced_images
from golden.plain_grey import macro, modality_of, possible_range
from golden.produced import check_picture
from golden.strategies import CHOICES, SYNTAXES, requests, windows


@settings(max_examples=120, deadline=None)
@given(data=st.data(), frames=st.integers(1, 3))
def test_frames_are_drawn_with_what_holds_for_them(data: st.DataObject, frames: int) -> None:
    """RR-18, RR-19, RR-25: each macro from the frame, shared groups or data set, in any native syntax."""
    dataset = data.draw(enhanced_images(frames=frames))
    request = data.draw(requests(frames=frames))
    if data.draw(st.integers(0, 3)) == 0:
        ends = possible_range(dataset, *modality_of(dataset, request.frame_number))
        function = macro(dataset, request.frame_number, "FrameVOILUTSequence").get("VOILUTFunction", "LINEAR")
        request = replace(request, window=data.draw(windows(ends.lowest, ends.highest, function)))
    check_picture(dataset, request, data.draw(CHOICES), data.draw(SYNTAXES))
