"""What the business wants moved."""

from __future__ import annotations

from enum import StrEnum


class Goal(StrEnum):
    """A business goal; it decides what the effect on users is measured by."""

    CONVERSION = "conversion"
    REVENUE_PER_VISIT = "revenue-per-visit"
    BASKET_SIZE = "basket-size"
    RETENTION = "retention"
    TIME_TO_CHECKOUT = "time-to-checkout"
