"""Write the golden pictures, never from the product but from the plain model: `python -m golden.write`."""

from __future__ import annotations

from PIL import Image

from golden.objects import PICTURES, laid_out, sheets
from golden.plain import expected
from golden.plain_states import shown
from golden.state_cases import state_cases


def write_pictures() -> None:
    """Write each sheet and each picture of a state, and remove those that are none any more."""
    PICTURES.mkdir(exist_ok=True)
    known = sheets()
    for name, cases in known.items():
        pictures = [expected(case.make(), case.request, case.choices).pixels for case in cases]
        Image.fromarray(laid_out(pictures)).save(PICTURES / f"{name}.png", optimize=True)
    states = {case.name: case for case in state_cases()}
    for name, state in states.items():
        picture = shown(state.image(), state.made_state("1.2.3.4.5"), state.frame, state.rows, state.columns)
        Image.fromarray(picture.pixels).save(PICTURES / f"{name}.png", optimize=True)
    for path in PICTURES.glob("*.png"):
        if path.stem not in known and path.stem not in states:
            path.unlink()


if __name__ == "__main__":
    write_pictures()
