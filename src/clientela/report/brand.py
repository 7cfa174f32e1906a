"""The look of a house: its colours, as far as they can be read, and its logo."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

from clientela.domain.record import Record
from clientela.report.palette import (
    CONTRAST,
    DARK_GROUNDS,
    LIGHT_GROUNDS,
    PLAIN,
    WHITE,
    Colors,
)

READABLE = 4.5
"""Contrast of text by WCAG 2.2, level AA."""
OTHER, DARK_OTHER = "#1f5a96", "#8fc1f5"
"""For contrast where the colour of the house is near the usual one."""
NEAR = 40 / 360
PALE = 0.2
STEP = 0.01


@dataclass(frozen=True)
class Brand(Record):
    """What makes pages and slides look like those of the house.

    Attributes:
        colors: Colours in place of the usual ones.
        logo: The picture as the address of an image ("data:image/png;base64,..."), or "".
    """

    colors: Colors = PLAIN
    logo: str = ""


USUAL = Brand()


def house_colors(color: str) -> Colors:
    """Return colours of one hue that can be read on light and on dark ground.

    The lightness of the colour moves as little as is needed for the contrast of WCAG AA; hue and saturation stay.

    Args:
        color: Six hexadecimal digits behind a #.

    Returns:
        The colours.

    >>> house_colors("#0b6e75").accent, house_colors("#ffd400").accent
    ('#0b6e75', '#7f6a00')
    """
    accent, soft = _readable(color, LIGHT_GROUNDS, 0.11, -STEP)
    dark_accent, dark_soft = _readable(color, DARK_GROUNDS, 0.15, STEP)
    near = _near(color, CONTRAST)
    return Colors(
        accent=accent,
        soft=soft,
        band=mixed(accent, WHITE, 0.05),
        contrast=OTHER if near else PLAIN.contrast,
        dark_accent=dark_accent,
        dark_soft=dark_soft,
        dark_contrast=DARK_OTHER if near else PLAIN.dark_contrast,
    )


def _readable(color: str, grounds: tuple[str, ...], tint: float, step: float) -> tuple[str, str]:
    """Return the colour and a tint of it as a ground, moved until it can be read on the tint and all other grounds."""
    hue, light, full = colorsys.rgb_to_hls(*_parts(color))
    shown, soft = color.lower(), mixed(color, grounds[0], tint)
    # at its end the lightness is that of black or white, which can be read on all of these grounds
    while min(contrast(shown, ground) for ground in (*grounds, soft)) < READABLE:
        light = min(max(light + step, 0.0), 1.0)
        shown = _hex(*colorsys.hls_to_rgb(hue, light, full))
        soft = mixed(shown, grounds[0], tint)
    return shown, soft


def _near(color: str, other: str) -> bool:
    (hue, _, full), (usual, _, _) = (colorsys.rgb_to_hls(*_parts(one)) for one in (color, other))
    apart = abs(hue - usual)
    return full > PALE and min(apart, 1 - apart) < NEAR


def mixed(color: str, ground: str, share: float) -> str:
    """Return a colour mixed into another one.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    return _hex(*(share * a + (1 - share) * b for a, b in zip(_parts(color), _parts(ground), strict=True)))


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2).

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    dark, light = sorted((_luminance(first), _luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(color: str) -> tuple[float, float, float]:
    red, green, blue = bytes.fromhex(color[1:])
    return red / 255, green / 255, blue / 255


def _hex(red: float, green: float, blue: float) -> str:
    return "#" + bytes(round(255 * part) for part in (red, green, blue)).hex()
