"""The columns of the sample: where each truly comes from and when it is known."""

from __future__ import annotations

from dataclasses import dataclass

from clientela.domain.column import Available, Origin
from clientela.domain.record import Record

_COLLECTED, _JOINED, _DERIVED = Origin.COLLECTED, Origin.JOINED, Origin.DERIVED
_BEFORE, _DURING, _AFTER = Available.BEFORE, Available.DURING, Available.AFTER


@dataclass(frozen=True)
class Made(Record):
    """One column of the sample.

    Attributes:
        name: Column name.
        origin: Where it comes from.
        available: When it is known.
        caption: Upper line of the header in the workbook; columns side by side share it.
        block: Join that brought it, or "".
    """

    name: str
    origin: Origin
    available: Available
    caption: str
    block: str = ""


COLUMNS = (
    Made("visit_id", _COLLECTED, _BEFORE, "TRACKING"),
    Made("visitor_id", _COLLECTED, _BEFORE, "TRACKING"),
    Made("visit_time", _COLLECTED, _BEFORE, "TRACKING"),
    Made("device", _COLLECTED, _BEFORE, "TRACKING"),
    Made("landing_page", _COLLECTED, _BEFORE, "TRACKING"),
    Made("city", _JOINED, _BEFORE, "EXT-1"),
    Made("temp_c", _JOINED, _BEFORE, "EXT-1", "weather"),
    Made("rain_mm", _JOINED, _BEFORE, "EXT-1", "weather"),
    Made("sky", _JOINED, _BEFORE, "EXT-1", "weather"),
    Made("area_cd", _JOINED, _BEFORE, "EXT-2", "address"),
    Made("pp_idx", _JOINED, _BEFORE, "EXT-2", "area"),
    Made("hh_size", _JOINED, _BEFORE, "EXT-2", "area"),
    Made("hh_child_pct", _JOINED, _BEFORE, "EXT-2", "area"),
    Made("crm_since", _JOINED, _BEFORE, "CRM", "crm"),
    Made("crm_nl", _JOINED, _BEFORE, "CRM", "crm"),
    Made("crm_age", _JOINED, _BEFORE, "CRM", "crm"),
    Made("crm_orders", _JOINED, _BEFORE, "CRM", "crm"),
    Made("cmp_id", _JOINED, _BEFORE, "MKT"),
    Made("cmp_chan", _JOINED, _BEFORE, "MKT", "campaign"),
    Made("cmp_cpc", _JOINED, _BEFORE, "MKT", "campaign"),
    Made("aff_home", _JOINED, _BEFORE, "AFF", "interests"),
    Made("aff_fashion", _JOINED, _BEFORE, "AFF", "interests"),
    Made("aff_tech", _JOINED, _BEFORE, "AFF", "interests"),
    Made("aff_kids", _JOINED, _BEFORE, "AFF", "interests"),
    Made("session_sec", _JOINED, _DURING, "DWH"),
    Made("dist_km", _JOINED, _BEFORE, "DWH", "address"),
    Made("prev_visits", _DERIVED, _BEFORE, "DWH"),
    Made("src_ref", _JOINED, _BEFORE, "DWH"),
    Made("order_value", _JOINED, _AFTER, "DWH"),
    Made("area_avg", _DERIVED, _AFTER, "DWH", "area_average"),
    Made("revenue_group", _DERIVED, _AFTER, "DWH"),
)
"""All columns in their order."""
