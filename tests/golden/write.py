"""Write the golden pictures, never from the product but from the plain model: `python -m golden.write`."""

from __future__ import annotations

from PIL import Image

from golden.objects import PICTURES, laid_out, sheets
from golden.plain import expected


def write_pictures() -> None:
    """Write each sheet, and remove those that are none any more."""
    PICTURES.mkdir(exist_ok=True)
    known = sheets()
    for name, cases in known.items():
        pictures = [expected(case.make(), case.request, case.choices).pixels for case in cases]
        Image.fromarray(laid_out(pictures)).save(PICTURES / f"{name}.png", optimize=True)
    for path in PICTURES.glob("*.png"):
        if path.stem not in known:
            path.unlink()


if __name__ == "__main__":
    write_pictures()
