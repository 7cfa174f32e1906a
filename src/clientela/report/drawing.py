"""Charts drawn without a browser and without a network: SVG for pages, PNG for slides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from clientela.domain.later import later
from clientela.language import Language, language
from clientela.report.palette import CONFIG, PLAIN, VARIABLES, WHITE, Colors

if TYPE_CHECKING:
    import altair as alt
    import vl_convert
else:
    # .4 s that a page without charts should not wait for
    alt, vl_convert = later("altair"), later("vl_convert")

# A page has its own font, colours and caption; these parts of the drawing only make it larger.
_NEEDLESS = re.compile(
    r" (?:class|aria-[a-z]+|role|pointer-events|font-family|stroke-miterlimit|xmlns|xmlns:xlink|version|opacity)"
    r'="(?:[^"]*)"'
)
_EMPTY = re.compile(r'<path class="(?:background|foreground)"[^>]*(?:/>|></path>)')
_TAG = re.compile(r"<[a-zA-Z][^>]*>")
_SIZE = re.compile(r' (?:width|height)="[^"]*"')
_PAINT = re.compile(r'(?<= )(fill|stroke)="(#[0-9a-f]{6})"')
PNG_SCALE = 3.0
WIDTH = 440


def sized(chart: alt.Chart | alt.LayerChart | alt.FacetChart, height: int) -> Mapping[str, Any]:
    """Return a chart as Vega-Lite, `WIDTH` units wide with all its labels, without colours and fonts of its own."""
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    made: dict[str, Any] = chart.properties(height=height, width=WIDTH, autosize=fit, padding=2).to_dict()
    made.pop("config", None)
    return made


def svg(spec: Mapping[str, Any], title: str) -> str:
    """Return a chart as an SVG element whose colours follow the page's light or dark theme.

    Args:
        spec: Vega-Lite, colours from `palette` only.
        title: Escaped text read out instead of the drawing.

    Returns:
        One `<svg>` element with a view box and no size of its own. Text from the data stands
        in text nodes only, escaped by the drawing library; attributes hold numbers and colours.
    """
    drawn = _EMPTY.sub("", _drawn(spec, CONFIG))
    drawn = _TAG.sub(lambda match: _themed(match[0]), drawn)
    head = drawn.index(">")
    return f'{_SIZE.sub("", drawn[:head])} role="img"><title>{title}</title>{drawn[head + 1 :]}'


def png(spec: Mapping[str, Any], colors: Colors = PLAIN) -> bytes:
    """Return a chart as a PNG picture on light ground, three times as many pixels as units."""
    # on white, for a viewer that makes a clear picture smaller darkens its thin lines
    drawn = _drawn(spec, {**CONFIG, "background": WHITE})
    painted = _TAG.sub(lambda match: _painted(match[0], colors.painted), drawn)
    return vl_convert.svg_to_png(painted, scale=PNG_SCALE)


def _drawn(spec: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    locale: Literal["de-DE"] | None = "de-DE" if language() is Language.GERMAN else None
    return vl_convert.vegalite_to_svg(dict(spec), config=dict(config), format_locale=locale, allowed_base_urls=[])


def _themed(tag: str) -> str:
    kept = tag if 'opacity="0.' in tag else _NEEDLESS.sub("", tag)
    return _painted(kept, VARIABLES)


def _painted(tag: str, colors: Mapping[str, str]) -> str:
    return _PAINT.sub(lambda match: f'{match[1]}="{colors.get(match[2], match[2])}"', tag)
