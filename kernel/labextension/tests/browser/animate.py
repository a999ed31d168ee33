"""Make one animation of the pictures that ``pictures.mjs`` took of a plot that draws itself.

``python tests/browser/animate.py FOLDER docs/panel-live.gif``; needs Pillow.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

STEP_MS = 300
STAY_MS = 2500
COLORS = 48


def main(folder: Path, target: Path) -> None:
    """Write the pictures named ``live-….png`` as one GIF that begins anew at its end."""
    pictures = [Image.open(file).convert("RGB") for file in sorted(folder.glob("live-*.png"))]
    palette = pictures[-1].quantize(COLORS)
    frames = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    durations = [STEP_MS] * (len(frames) - 1) + [STAY_MS]
    frames[0].save(
        target, save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=True
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
