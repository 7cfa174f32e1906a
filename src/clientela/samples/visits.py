"""The visits of the sample: drawn by position, so that any piece of any table can be made alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from scipy.special import expit

from clientela.domain.errors import InputError
from clientela.samples import world
from clientela.samples.randoms import Flags, Floats, Ints, Permutation, Stream, stream
from clientela.samples.visitors import Areas, Visitors, owners, visit_slots, visitor_ids

CHUNK = 250_000
REFERENCE_ROWS = 200_000
FIRST_VISIT_ID = 40_000_001
SOURCE_NAME = "trk-v4"

_MIDNIGHT = datetime.combine(world.FIRST_DAY, datetime.min.time())


def generate(rows: int, seed: int) -> pl.DataFrame:
    """Return visits as they were before any dirt: typed, without duplicates, missing as null.

    Args:
        rows: Number of visits, at least 1; all of them are held in memory.
        seed: Any whole number; the same number gives the same visits.

    Returns:
        One row per visit, ordered by day; `visit_time` is the time of the visit, `order_value`
        is in money.

    Raises:
        InputError: `rows` is below 1.

    >>> generate(500, seed=3).select("visit_id", "device").head(1).rows()
    [(40000001, 'mobile')]
    """
    shop = Shop.opened(rows, seed)
    return pl.concat([shop.frame(shop.draw(positions)) for positions in pieces(rows)])


def pieces(rows: int, size: int = CHUNK) -> Iterator[Ints]:
    """Yield the positions 0 .. rows - 1 in pieces of at most `size`."""
    for start in range(0, rows, size):
        yield np.arange(start, min(start + size, rows))


@dataclass(frozen=True)
class Draws:
    """Everything about some visits, seen and unseen, one position each.

    Attributes:
        position: Position of the visit in the table.
        number: Number of the visitor.
        visitor: Attributes of the visitor.
        day: Day of the extract, from 0.
        second: Second of the day.
        device: Index of the device.
        page: Index of the landing page.
        channel: Index of the channel.
        campaign: Index of the campaign; the number of campaigns where there is none.
        city: Index of the city the visit was made from.
        earlier: Earlier visits of the visitor in the extract.
        known_intent: Log-odds of an order, the part without the type and the mood.
        mood: Unseen mood of the visit, standard normal.
        session: Length of the session, seconds, capped.
        probability: True probability of an order.
        value: Order value, money; 0 without an order.
    """

    position: Ints
    number: Ints
    visitor: Visitors
    day: Ints
    second: Ints
    device: Ints
    page: Ints
    channel: Ints
    campaign: Ints
    city: Ints
    earlier: Ints
    known_intent: dict[str, Floats]
    mood: Floats
    session: Ints
    probability: Floats
    value: Floats

    @property
    def group(self) -> Ints:
        """Index of the revenue group."""
        above: Ints = np.searchsorted(np.array(world.GROUP_BOUNDS), self.value, side="left") + 1
        return np.where(self.value > 0, above, 0)


@dataclass(frozen=True)
class Weather:
    """Weather by day (line) and city (column): degrees (NaN where the station failed), mm of rain, sky."""

    warmth: Floats
    rain: Floats
    sky: Ints

    SKIES = ("sunny", "cloudy", "showers", "rain")

    @classmethod
    def drawn(cls, source: Stream) -> Weather:
        """Draw all days and cities."""
        cells = np.arange(world.DAYS * len(world.CITIES)).reshape(world.DAYS, -1)
        season = 10 - 10 * np.cos(2 * np.pi * (np.arange(world.DAYS) - 20) / 365)
        country = 3 * source.named("front").normal(np.arange(world.DAYS))
        warmth = (season + country)[:, None] + world.CITY_WARMTH + 1.2 * source.named("warmth").normal(cells)
        failed = source.named("station").uniform(cells) < world.STATION_GAPS
        wet = source.named("wet").uniform(cells) < 0.38
        rain = np.where(wet, np.round(0.1 - 4 * np.log(source.named("rain").uniform(cells)), 1), 0.0)
        dry_sky = (source.named("sky").uniform(cells) < 0.55).astype(np.int64)
        return cls(
            warmth=np.where(failed, np.nan, np.round(warmth, 1)),
            rain=rain,
            sky=np.where(rain > 3, 3, np.where(rain > 0, 2, dry_sky)),
        )


@dataclass(frozen=True)
class Shop:
    """One table of visits that is drawn piece by piece.

    Attributes:
        rows: Visits in the table.
        source: All its random numbers.
        shuffle: From the place in time to the slot of a visitor.
        areas: Postcode areas.
        weather: Weather by day and city.
        centre: Mean of the raw interests over the table.
        spread: Standard deviation of the raw interests over the table.
        area_average: Average rank of the revenue group per area (0 none to 4 top).
    """

    rows: int
    source: Stream
    shuffle: Permutation
    areas: Areas
    weather: Weather
    centre: Floats
    spread: Floats
    area_average: Floats

    @classmethod
    def opened(cls, rows: int, seed: int) -> Shop:
        """Prepare a table of `rows` visits.

        What needs the table as a whole (the standardised interests, the averages per area)
        is taken from all visits, or from 200,000 evenly spread ones where there are more.
        """
        if rows < 1:
            raise InputError(f"A sample of {rows} rows was asked for; ask for at least one.")
        source = stream(seed)
        areas = Areas.drawn(source.named("areas"))
        none = np.zeros(len(world.INTERESTS))
        weather = Weather.drawn(source.named("weather"))
        shuffle = Permutation(rows, source.named("order"))
        blank = cls(rows, source, shuffle, areas, weather, none, none + 1, np.zeros(len(areas.city)))
        seen = blank.draw(reference(rows))
        totals = np.bincount(seen.visitor.area, weights=seen.group, minlength=len(areas.city))
        counts = np.bincount(seen.visitor.area, minlength=len(areas.city))
        average = np.round(totals / np.maximum(counts, 1), 3)
        raw = seen.visitor.interests
        spread = raw.std(axis=0) if len(raw) > 1 else none + 1
        return cls(rows, source, shuffle, areas, weather, raw.mean(axis=0), spread, average)

    def draw(self, positions: Ints) -> Draws:
        """Draw the visits at these positions."""
        source = self.source
        number = owners(self.shuffle.forward(positions))
        visitor = Visitors.drawn(number, source.named("visitors"))
        kind = visitor.kind
        day, second = self._times(positions, kind)
        device = source.named("device").choice(positions, world.DEVICE_SHARES, kind)
        page = source.named("page").choice(positions, world.PAGE_SHARES, kind)
        channel = source.named("channel").choice(positions, world.CHANNEL_SHARES, kind)
        city = self._cities(positions, visitor)
        earlier = self._earlier(positions, number, kind, day * 86_400 + second)
        intent = {
            "device": world.DEVICE_INTENT[device],
            "landing_page": world.PAGE_INTENT[page],
            "calendar": _calendar_intent(day),
            "campaign": world.CHANNEL_INTENT[channel],
            "weather": world.RAIN_INTENT * (self.weather.rain[day, city] > 0),
            "area": self._area_intent(visitor.area),
            "crm": crm_intent(visitor),
            "interests": world.HOME_INTENT * visitor.interests[:, 0],
            "distance": world.DISTANCE_INTENT * visitor.distance,
            "prev_visits": world.VISITS_INTENT * np.minimum(earlier, world.VISITS_LIMIT),
        }
        mood = source.named("mood").normal(positions)
        hidden = world.TYPE_INTENT[kind] + season_intent(kind, day) + world.MOOD_INTENT * mood
        probability: Floats = expit(sum(intent.values()) + hidden)
        return Draws(
            position=positions,
            number=number,
            visitor=visitor,
            day=day,
            second=second,
            device=device,
            page=page,
            channel=channel,
            campaign=self._campaigns(positions, channel),
            city=city,
            earlier=earlier,
            known_intent=intent,
            mood=mood,
            session=self._sessions(positions, kind, mood),
            probability=probability,
            value=self._values(positions, visitor, probability),
        )

    def frame(self, draws: Draws) -> pl.DataFrame:
        """Return these visits as the table shows them, without dirt."""
        visitor, areas, weather = draws.visitor, self.areas, self.weather
        known = visitor.known
        matched = areas.matched[visitor.area]
        seconds = draws.day * 86_400 + draws.second
        start = pl.lit(_MIDNIGHT).cast(pl.Datetime("us"))
        scores = np.round((visitor.interests - self.centre) / self.spread, 4)
        costs = np.array([campaign.cost for campaign in world.CAMPAIGNS] + [np.nan])
        paid = draws.campaign < len(world.CAMPAIGNS)
        columns = [
            pl.Series("visit_id", FIRST_VISIT_ID + draws.position),
            visitor_ids(draws.number),
            pl.Series("visit_time", seconds),
            _named("device", world.DEVICES, draws.device),
            _named("landing_page", world.PAGES, draws.page),
            _named("city", world.CITIES, draws.city),
            pl.Series("temp_c", weather.warmth[draws.day, draws.city], nan_to_null=True),
            pl.Series("rain_mm", weather.rain[draws.day, draws.city]),
            _named("sky", Weather.SKIES, weather.sky[draws.day, draws.city]),
            _named("area_cd", areas.names, visitor.area),
            _where("pp_idx", areas.power[visitor.area], matched),
            _where("hh_size", areas.household[visitor.area], matched),
            _where("hh_child_pct", areas.children[visitor.area], matched),
            _where("crm_since", visitor.since, known),
            _named("crm_nl", ("N", "Y"), np.where(known, visitor.newsletter, 2)),
            _named("crm_age", world.AGE_BANDS, np.where(known, visitor.age, len(world.AGE_BANDS))),
            _where("crm_orders", visitor.orders, known),
            _named("cmp_id", [campaign.name for campaign in world.CAMPAIGNS], draws.campaign),
            _named("cmp_chan", world.CHANNELS, np.where(paid, draws.channel, len(world.CHANNELS))),
            _where("cmp_cpc", costs[draws.campaign], paid),
            *(pl.Series(f"aff_{name}", scores[:, place]) for place, name in enumerate(world.INTERESTS)),
            pl.Series("session_sec", draws.session),
            pl.Series("dist_km", visitor.distance),
            pl.Series("prev_visits", draws.earlier),
            pl.repeat(SOURCE_NAME, len(seconds), eager=True).alias("src_ref"),
            pl.Series("order_value", draws.value),
            pl.Series("area_avg", self.area_average[visitor.area]),
            _named("revenue_group", world.GROUPS, draws.group),
        ]
        return pl.DataFrame(columns).with_columns(
            (start + pl.duration(seconds="visit_time")).alias("visit_time"),
            (start.cast(pl.Date) - pl.duration(days="crm_since")).alias("crm_since"),
        )

    def _times(self, positions: Ints, kind: Ints) -> tuple[Ints, Ints]:
        """Day and second of the day: days in order and as busy as the season, hours by the type."""
        places = (positions + self.source.named("time").uniform(positions)) / self.rows
        limits = np.cumsum(world.DAY_VISITS)
        day = np.minimum(np.searchsorted(limits / limits[-1], places, side="right"), world.DAYS - 1)
        hour = self.source.named("hour").choice(positions, world.HOUR_SHARES, kind)
        inner = (self.source.named("second").uniform(positions) * 3600).astype(np.int64)
        return day.astype(np.int64), hour * 3600 + inner

    def _cities(self, positions: Ints, visitor: Visitors) -> Ints:
        elsewhere = self.source.named("elsewhere").choice(positions, world.CITY_SHARES)
        away = self.source.named("away").uniform(positions) < world.AWAY_SHARE
        return np.where(away, elsewhere, self.areas.city[visitor.area])

    def _earlier(self, positions: Ints, number: Ints, kind: Ints, when: Ints) -> Ints:
        """Count the visits of the same visitor that lie before, wherever they are in the table."""
        first, counts = visit_slots(number)
        earlier = np.zeros(len(positions), dtype=np.int64)
        for step in range(int(counts.max(initial=0))):
            rest = np.flatnonzero((counts > step) & (first + step < self.rows) & (counts > 1))
            others = self.shuffle.backward(first[rest] + step)
            day, second = self._times(others, kind[rest])
            moment = day * 86_400 + second
            before = (moment < when[rest]) | ((moment == when[rest]) & (others < positions[rest]))
            earlier[rest] += before
        return earlier

    def _campaigns(self, positions: Ints, channel: Ints) -> Ints:
        owned = np.array([[campaign.channel == line for campaign in world.CAMPAIGNS] for line in range(5)])
        shares: Floats = np.column_stack([owned, ~owned.any(axis=1)]).astype(np.float64)
        return self.source.named("campaign").choice(positions, shares, channel)

    def _area_intent(self, area: Ints) -> Floats:
        return np.where(self.areas.matched, world.POWER_INTENT * (self.areas.power - 100) / 15, 0.0)[area]

    def _sessions(self, positions: Ints, kind: Ints, mood: Floats) -> Ints:
        noise = self.source.named("session").normal(positions)
        length = np.exp(world.SESSION_MEANS[kind] + world.SESSION_MOOD * mood + world.SESSION_NOISE * noise)
        return np.minimum(np.ceil(length), world.SESSION_CAP).astype(np.int64)

    def _values(self, positions: Ints, visitor: Visitors, probability: Floats) -> Floats:
        noise = self.source.named("value").normal(positions)
        power = (self.areas.power[visitor.area] - 100) / 15
        value = np.exp(world.VALUE_MEANS[visitor.kind] + world.VALUE_POWER * power + world.VALUE_NOISE * noise)
        bought: Flags = self.source.named("order").uniform(positions) < probability
        return np.where(bought, np.maximum(np.round(value, 2), 1.0), 0.0)


def reference(rows: int) -> Ints:
    """Return the positions of all visits, or of 200,000 evenly spread ones where there are more."""
    taken = min(rows, REFERENCE_ROWS)
    return np.arange(taken) * rows // taken


def season_intent(kind: Ints, day: Ints) -> Floats:
    """Return what the weeks before gifts are given add to the log-odds, by type."""
    added: Floats = world.SEASON_INTENT[kind] * world.DAY_IS_GIFT_SEASON[day]
    return added


def crm_intent(visitor: Visitors) -> Floats:
    """Return what the customer data add to the log-odds; nothing where the visitor is not known."""
    orders = world.ORDERS_INTENT * (np.log1p(visitor.orders) - world.CRM_ORDERS_CENTRE)
    return np.where(visitor.known, orders + world.NEWSLETTER_INTENT * visitor.newsletter, 0.0)


def _calendar_intent(day: Ints) -> Floats:
    added: Floats = world.WEEKEND_INTENT * world.DAY_IS_WEEKEND[day].astype(np.float64)
    return added


def _named(name: str, names: tuple[str, ...] | list[str], codes: Ints) -> pl.Series:
    """Text for codes; null where the code is beyond the names."""
    return pl.Series(name, [*names, None], dtype=pl.String).gather(pl.Series(codes.astype(np.uint32)))


def _where(name: str, values: Floats | Ints, present: Flags) -> pl.Series:
    flags = pl.Series(present)
    return pl.select(pl.when(flags).then(pl.Series(name, values)).alias(name)).to_series()
