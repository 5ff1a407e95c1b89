"""Pictures of nobody: the pixels of a phantom, drawn by arithmetic. No file, no person."""

from __future__ import annotations

from functools import lru_cache

SIDE = 192  # pixels; small, so that the demonstration stays light

# (centre x, centre y, half width, half height, value 0 to 1) in units of the picture, later ones over earlier ones
_ELLIPSES = {
    "CT": (
        (0, 0, 0.72, 0.92, 0.95),
        (0, 0, 0.66, 0.86, 0.4),
        (-0.2, 0.05, 0.13, 0.3, 0.2),
        (0.2, 0.05, 0.1, 0.34, 0.2),
        (0.1, -0.45, 0.12, 0.12, 0.6),
    ),
    "MR": (
        (0, 0, 0.7, 0.9, 0.75),
        (0, 0, 0.64, 0.84, 0.45),
        (-0.15, -0.1, 0.1, 0.25, 0.9),
        (0.15, -0.1, 0.1, 0.25, 0.9),
        (0, 0.5, 0.2, 0.12, 0.6),
    ),
    "CR": (
        (0, 0.1, 0.9, 0.95, 0.55),
        (-0.4, 0, 0.3, 0.65, 0.15),
        (0.4, 0, 0.3, 0.65, 0.15),
        (0, 0, 0.09, 0.95, 0.8),
        (0.15, 0.25, 0.25, 0.25, 0.65),
    ),
    "US": ((0, 0.9, 0.95, 1.75, 0.35), (0.1, 0.1, 0.35, 0.3, 0.05), (-0.25, 0.3, 0.15, 0.1, 0.8)),
}


@lru_cache(maxsize=8)
def pixels(modality: str, bits: int) -> bytes:
    """The picture of a modality, row by row, ``bits`` (8 or 16) a pixel, little endian; 16 holds 12 bits."""
    top = 255 if bits == 8 else 4_095
    rows = bytearray()
    noise = 1
    for row in range(SIDE):
        y = 2 * row / SIDE - 1
        for column in range(SIDE):
            x = 2 * column / SIDE - 1
            value = 0.03
            for centre_x, centre_y, width, height, level in _ELLIPSES.get(modality, _ELLIPSES["CR"]):
                if ((x - centre_x) / width) ** 2 + ((y - centre_y) / height) ** 2 <= 1:
                    value = level
            noise = (noise * 1_103_515_245 + 12_345) & 0x7FFFFFFF  # the old C generator: the same picture each time
            value = min(max(value + (noise / 0x7FFFFFFF - 0.5) * 0.06, 0), 1)
            rows += int(value * top).to_bytes(bits // 8, "little")
    return bytes(rows)
