"""The colours: one accent, one for contrast, calm greys; readable in light and dark, also for the colour-blind.

Teal and burnt orange differ in hue and in lightness under all common kinds of colour blindness; text and
lines reach the contrast of WCAG AA on their grounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from clientela.domain.record import Record

INK = "#1c2326"
MUTED = "#59646a"
LINE = "#dde2e2"
ACCENT = "#0b6e75"
CONTRAST = "#a3470c"
PAPER = "#fbfaf8"
WHITE = "#ffffff"
SOFT = "#e4f0f0"
BAND = "#f3f7f7"
FONT = "Liberation Sans"
LIGHT_GROUNDS = (WHITE, PAPER)
DARK_GROUNDS = ("#14191b", "#1b2224")
"""What text stands on: the page and its cards."""


@dataclass(frozen=True)
class Colors(Record):
    """The colours that a house may have in its own way; all others stay.

    Attributes:
        accent: Of what matters, on light ground.
        soft: Ground tinted with it.
        band: Every second row of a table on a slide.
        contrast: Of what is to be told from the accent.
        dark_accent: The accent on dark ground.
        dark_soft: Ground tinted with that.
        dark_contrast: The contrast on dark ground.
    """

    accent: str = ACCENT
    soft: str = SOFT
    band: str = BAND
    contrast: str = CONTRAST
    dark_accent: str = "#58c4c7"
    dark_soft: str = "#173133"
    dark_contrast: str = "#f0985a"

    @property
    def painted(self) -> Mapping[str, str]:
        """What each usual colour on light ground is painted as."""
        return {ACCENT: self.accent, SOFT: self.soft, BAND: self.band, CONTRAST: self.contrast}

    @property
    def style(self) -> str:
        """Style sheet that sets the colours; "" for the usual ones."""
        if self == PLAIN:
            return ""
        light = f"--accent: {self.accent}; --soft: {self.soft}; --contrast: {self.contrast};"
        dark = f"--accent: {self.dark_accent}; --soft: {self.dark_soft}; --contrast: {self.dark_contrast};"
        return f":root {{ {light} }}\n@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"


PLAIN = Colors()

VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        INK: "var(--ink)",
        MUTED: "var(--muted)",
        LINE: "var(--line)",
        ACCENT: "var(--accent)",
        CONTRAST: "var(--contrast)",
    }
)
"""Name of each colour in the style sheet, where light and dark have their own values for it."""

CONFIG: Mapping[str, Any] = MappingProxyType(
    {
        "aria": False,
        "background": None,
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "labelColor": INK,
            "titleColor": MUTED,
            "labelFontSize": 13,
            "titleFontSize": 13,
            "titleFontWeight": "normal",
            "gridColor": LINE,
            "domainColor": LINE,
            "tickColor": LINE,
            "labelLimit": 150,
            "labelPadding": 5,
            "titlePadding": 12,
        },
        "axisX": {"labelFlush": False},
        "axisY": {"titlePadding": 20, "domain": False, "ticks": False},
        "legend": {
            "labelColor": INK,
            "titleColor": MUTED,
            "labelFontSize": 13,
            "titleFontSize": 13,
            "orient": "top",
            "columnPadding": 32,
        },
        "text": {"color": INK, "fontSize": 13},
        "bar": {"color": ACCENT},
        "rule": {"color": INK, "strokeWidth": 1.5},
        "line": {"color": ACCENT, "strokeWidth": 2.5},
        "point": {"color": ACCENT, "filled": True, "size": 50, "opacity": 1},
    }
)
"""Vega-Lite configuration of every chart."""
