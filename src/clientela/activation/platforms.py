"""The platforms an audience can go to, and what each asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from clientela.domain.record import Record


class Target(StrEnum):
    """Where an audience goes."""

    GOOGLE_ADS = "google-ads"
    GA4 = "ga4"
    META = "meta"
    CSV = "csv"


@dataclass(frozen=True)
class Platform(Record):
    """What a platform asks of an audience.

    Attributes:
        name: Its name for people.
        minimum: Least members with which an audience can be used there; 0 where none is published.
        source: Who says so.
        batch: Most members in one request.
    """

    name: str
    minimum: int
    source: str
    batch: int


PLATFORMS: Mapping[Target, Platform] = {
    Target.GOOGLE_ADS: Platform("Google Ads", 100, "support.google.com/google-ads/answer/7476585", 10_000),
    Target.GA4: Platform("Google Analytics 4", 0, "", 1),
    Target.META: Platform("Meta", 100, "facebook.com/business/help/2082575038703844", 10_000),
    Target.CSV: Platform("a csv file", 0, "", 0),
}
"""Least members: Google needs 100 active users on Search, Display and YouTube; Meta advises against lists of fewer than
100 people. Both count people who are matched, of whom there are fewer than members. Most members in a request: the
references of `audienceMembers.ingest` (Google Data Manager API) and of `/{custom_audience_id}/users` (Meta Marketing
API); the Measurement Protocol of Google Analytics has one user per request.
"""
