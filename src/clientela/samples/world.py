"""The shop behind the sample: its visitors, its pages, and what moves people to buy.

Everything here is a known truth. Tables with one line per type follow the order of `TYPES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from clientela.samples.randoms import Floats, Ints

FIRST_DAY = date(2026, 1, 1)
LAST_DAY = date(2026, 9, 30)
DAYS = (LAST_DAY - FIRST_DAY).days + 1

TYPES = ("bargain_hunter", "loyal_regular", "researcher", "gift_buyer", "passer_by")
TYPE_SHARES = np.array(
    [  # of visitors with one visit, with two or three, with more
        [0.24, 0.08, 0.22, 0.15, 0.31],
        [0.25, 0.22, 0.32, 0.12, 0.09],
        [0.20, 0.48, 0.24, 0.05, 0.03],
    ]
)
TYPE_INTENT = np.array([-1.85, -0.55, -2.10, -1.10, -3.80])

# 100 visitors make 170 visits: how many of them come once, twice, ...
VISIT_COUNTS = {1: 68, 2: 17, 3: 7, 4: 3, 5: 2, 6: 1, 8: 1, 11: 1}

DEVICES = ("mobile", "desktop", "tablet")
DEVICE_SHARES = np.array(
    [[0.70, 0.25, 0.05], [0.28, 0.64, 0.08], [0.24, 0.66, 0.10], [0.55, 0.33, 0.12], [0.84, 0.12, 0.04]]
)
DEVICE_INTENT = np.array([-0.20, 0.10, 0.0])

PAGES = ("/", "/sale", "/new", "/category/home", "/category/fashion", "/product", "/gifts", "/guide")
PAGE_SHARES = np.array(
    [
        [0.14, 0.42, 0.08, 0.08, 0.12, 0.13, 0.01, 0.02],
        [0.38, 0.08, 0.20, 0.12, 0.12, 0.07, 0.02, 0.01],
        [0.08, 0.04, 0.06, 0.11, 0.08, 0.33, 0.02, 0.28],
        [0.11, 0.08, 0.08, 0.08, 0.11, 0.12, 0.40, 0.02],
        [0.32, 0.12, 0.08, 0.08, 0.12, 0.13, 0.03, 0.12],
    ]
)
PAGE_INTENT = np.array([0.0, 0.20, -0.10, 0.0, 0.0, 0.25, 0.15, -0.25])

CHANNELS = ("direct", "search", "social", "email", "affiliate")
CHANNEL_SHARES = np.array(
    [
        [0.18, 0.27, 0.15, 0.12, 0.28],
        [0.58, 0.10, 0.04, 0.26, 0.02],
        [0.30, 0.55, 0.05, 0.02, 0.08],
        [0.26, 0.40, 0.22, 0.04, 0.08],
        [0.22, 0.24, 0.46, 0.01, 0.07],
    ]
)
CHANNEL_INTENT = np.array([0.0, 0.10, -0.25, 0.35, 0.05])

INTERESTS = ("home", "fashion", "tech", "kids")
INTEREST_MEANS = np.array(
    [
        [0.0, 0.6, -0.2, 0.1],
        [0.7, 0.4, 0.0, 0.0],
        [0.1, -0.5, 0.9, -0.2],
        [-0.2, 0.1, 0.0, 1.0],
        [-0.3, 0.0, -0.3, -0.4],
    ]
)
HOME_INTENT = 0.30

CRM_SHARES = np.array([0.40, 0.86, 0.26, 0.30, 0.05])
NEWSLETTER_SHARES = np.array([0.75, 0.70, 0.30, 0.35, 0.30])
NEWSLETTER_INTENT = 0.20
ORDER_MEANS = np.array([2.0, 6.0, 1.2, 1.5, 0.5])
ORDERS_INTENT = 0.40  # per log(1 + lifetime orders) above CRM_ORDERS_CENTRE
CRM_ORDERS_CENTRE = 1.5
AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
AGE_SHARES = np.array(
    [
        [0.22, 0.28, 0.20, 0.15, 0.10, 0.05],
        [0.04, 0.14, 0.26, 0.27, 0.18, 0.11],
        [0.10, 0.27, 0.27, 0.19, 0.12, 0.05],
        [0.08, 0.22, 0.24, 0.20, 0.16, 0.10],
        [0.24, 0.26, 0.20, 0.14, 0.10, 0.06],
    ]
)

CITIES = ("Nordhafen", "Rosenfurt", "Falkental", "Seebrück", "Oberwies", "Steinmark", "Kaltenfeld", "Lindmoos")
CITY_SHARES = np.array([0.30, 0.20, 0.14, 0.11, 0.09, 0.07, 0.05, 0.04])
CITY_WARMTH = np.array([0.0, 0.8, -0.6, 0.4, -1.8, 0.2, -1.2, 1.4])
AREAS_PER_CITY = 30
AWAY_SHARE = 0.08  # visits made from another city than the visitor's own
UNMATCHED_SHARE = 0.09  # of areas
POWER_INTENT = 0.40  # per 15 points of purchasing power
RAIN_INTENT = 0.08
DISTANCE_INTENT = 0.006  # per km
VISITS_INTENT = 0.10  # per earlier visit, up to VISITS_LIMIT
VISITS_LIMIT = 5
WEEKEND_INTENT = 0.15
SEASON_INTENT = np.array([0.0, 0.0, 0.0, 0.9, 0.0])  # in the weeks before gifts are given
GIFT_WEEKS = ((date(2026, 2, 1), date(2026, 2, 14)), (date(2026, 4, 27), date(2026, 5, 10)))
WEEKDAY_VISITS = np.array([1.0, 0.95, 0.95, 1.0, 1.05, 1.15, 1.2])  # Monday first

MOOD_INTENT = 0.60  # of the visit, standard normal, seen by nobody
SESSION_MEANS = np.array([5.5, 5.7, 6.6, 5.6, 4.3])  # log seconds
SESSION_MOOD = 0.55
SESSION_NOISE = 0.70
SESSION_CAP = 1800
DISTANCE_STEP = 5
STATION_GAPS = 0.025  # days and cities without a temperature
SENTINEL = -999

VALUE_MEANS = np.array([3.20, 3.80, 4.45, 3.75, 3.20])  # log money
VALUE_POWER = 0.12  # per 15 points of purchasing power
VALUE_NOISE = 0.72
GROUPS = ("none", "low", "middle", "high", "top")
GROUP_BOUNDS = (35.0, 80.0, 145.0)
"""Largest order value of low, middle and high; a visit without an order is none."""

VARIANTS = ("current", "offers_first", "advice_first")
VARIANT_RESPONSE = np.array(
    [[1.0, 1.20, 0.94], [1.0, 0.96, 1.08], [1.0, 0.98, 1.25], [1.0, 1.10, 1.0], [1.0, 1.05, 1.0]]
)
"""Conversion of every type on every page variant, as a multiple of that on the current one."""


@dataclass(frozen=True)
class Campaign:
    """One campaign: its id, its channel (index into `CHANNELS`) and what a click costs."""

    name: str
    channel: int
    cost: float


CAMPAIGNS = (
    Campaign("SEA-101", 1, 0.42),
    Campaign("SEA-102", 1, 0.68),
    Campaign("SEA-117", 1, 0.95),
    Campaign("SEA-120", 1, 1.20),
    Campaign("SOC-201", 2, 0.18),
    Campaign("SOC-204", 2, 0.27),
    Campaign("SOC-209", 2, 0.34),
    Campaign("SOC-215", 2, 0.51),
    Campaign("NL-301", 3, 0.02),
    Campaign("NL-302", 3, 0.03),
    Campaign("AFF-401", 4, 0.25),
    Campaign("AFF-405", 4, 0.30),
    Campaign("AFF-412", 4, 0.45),
)


def _hours() -> Floats:
    """Share of every hour of the day, one line per type: bumps of visits around favourite hours."""
    favourites = ((20.5, 2.0), (9.5, 2.5), (20.0, 3.0), (12.5, 2.0), (16.0, 4.5))
    hours = np.arange(24) + 0.5
    lines = [np.exp(-0.5 * ((hours - middle) / width) ** 2) + 0.06 for middle, width in favourites]
    shares = np.array(lines) * np.where(hours < 6, 0.3, 1.0)
    result: Floats = shares / shares.sum(axis=1, keepdims=True)
    return result


def _day_visits() -> Floats:
    """How busy every day is: the week, a spring peak and a quiet August."""
    days = np.arange(DAYS)
    season = 1 + 0.18 * np.exp(-(((days - 100) / 25.0) ** 2)) - 0.15 * np.exp(-(((days - 222) / 15.0) ** 2))
    weekday = (days + FIRST_DAY.weekday()) % 7
    result: Floats = season * WEEKDAY_VISITS[weekday]
    return result


def _days_between(periods: tuple[tuple[date, date], ...]) -> Ints:
    marked = np.zeros(DAYS, dtype=np.int64)
    for first, last in periods:
        marked[(first - FIRST_DAY).days : (last - FIRST_DAY).days + 1] = 1
    return marked


HOUR_SHARES = _hours()
DAY_VISITS = _day_visits()
DAY_IS_WEEKEND: Ints = ((np.arange(DAYS) + FIRST_DAY.weekday()) % 7 >= 5).astype(np.int64)
DAY_IS_GIFT_SEASON = _days_between(GIFT_WEEKS)
