"""The colours: one accent, one for contrast, calm greys; readable in light and dark, also for the colour-blind.

Teal and burnt orange differ in hue and in lightness under all common kinds of colour blindness; text and
lines reach the contrast of WCAG AA on their grounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

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
