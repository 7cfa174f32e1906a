"""Which of a label's classes is more than which."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from clientela.audit.lexicon import MONEY, mentions, vocabulary, words

_SCALES = (
    (
        "none zero no nothing keine kein keiner ohne nichts ninguno aucun nessuno geen",
        "lowest minimal very-low sehr-niedrig",
        "low small few little bronze basic niedrig gering klein bajo bas basso laag",
        "middle medium mid moderate average normal regular silver mittel mittlere medio moyen gemiddeld",
        "high large big many gold hoch gross alto haut eleve hoog",
        "very-high sehr-hoch",
        "top highest maximal premium platinum platin diamond",
    ),
    ("strongly-disagree", "disagree", "neutral", "agree", "strongly-agree"),
    ("never nie", "rarely selten seldom", "sometimes manchmal", "often oft haufig", "always immer"),
    ("xxs", "xs", "s", "m", "l", "xl", "xxl"),
    ("poor bad schlecht", "fair", "good gut", "very-good sehr-gut", "excellent"),
    ("primary", "secondary", "tertiary"),
)
_NO = vocabulary("no, n, false, 0, nein, f, falsch, non, nee, 0.0, none, negative")
_YES = vocabulary("yes, y, true, 1, ja, j, t, wahr, si, oui, 1.0, positive")
_RANKS = vocabulary(
    "tier, level, grade, rank, stage, step, band, bracket, tercile, quartile, quintile, decile, percentile, quantile, "
    "q, priority, score, rating, star, stars, value, wert, stufe, rang, niveau, nivel, livello, prioritat, "
    "age, day, week, month, quarter, year, alter, tag, woche, monat, quartal, jahr, "
    "chf, eur, usd, gbp, sfr, fr, kr, over, under, up to, more than, less than, from, uber, unter, ab, bis, max, min"
)
"""Words before a number that is a rank or an amount; behind any other a number is a name, as in "store 12"."""
_NAMED = re.compile(r"[^\W\d_][^\d]*?(?=[\s_.:#-]*\d)")
_NUMBER = re.compile(r"[-+]?\d+(?:[ ,']\d{3})*(?:\.\d+)?")


class Spread(NamedTuple):
    """Revenue of the rows of a class, in money: mean, least and most."""

    mean: float
    least: float
    most: float


def order_classes(
    counts: Mapping[str, int], revenue: Mapping[str, Spread] | None = None, label: str = ""
) -> tuple[str, ...]:
    """Return the classes from lowest to highest, or nothing where no order is known.

    Two classes always have one: no before yes, false before true, else the rarer one is
    the positive. More than two are ordered by the words of a known scale, by number, or by
    the lower bound of a range. A number behind a word that is the same in all classes
    is a name ("c7", "store 12"), unless that word or the label's name speaks of ranks or money. Names are
    ordered by revenue where each class ends before the next one begins, for then they are revenue groups under other
    names; means alone always differ, and say no more of cities or channels than of chance.

    Args:
        counts: Rows by class.
        revenue: Revenue by class, where a revenue column exists.
        label: Name of the label.

    Returns:
        All classes, lowest first, or an empty tuple.

    >>> order_classes({"top": 9, "none": 80, "low": 30})
    ('none', 'low', 'top')
    >>> order_classes({"red": 5, "blue": 5, "green": 5})
    ()
    >>> order_classes({"c1": 5, "c2": 5, "c3": 5}), order_classes({"tier 1": 5, "tier 2": 5, "tier 3": 5})
    ((), ('tier 1', 'tier 2', 'tier 3'))
    """
    classes = list(counts)
    if len(classes) == 2:
        return _binary(counts, label)
    keys = _by_scale(classes)
    if keys is not None:
        return _sorted(classes, keys)
    keys = _by_number(classes)
    spreads = [revenue[name] for name in classes] if revenue and set(classes) <= set(revenue) else []
    if keys is not None and not _names(classes, label):
        found = _sorted(classes, keys)
        falling = _word(classes) is not None and spreads and _falls(keys, [spread.mean for spread in spreads])
        return found[::-1] if falling else found
    if spreads and _apart(spreads):
        return _sorted(classes, [spread.mean for spread in spreads])
    return ()


def _falls(keys: Sequence[float], means: Sequence[float]) -> bool:
    """Tell whether means get smaller with every step of the keys."""
    return all(before > after for before, after in pairwise(mean for _, mean in sorted(zip(keys, means, strict=True))))


def _apart(spreads: Sequence[Spread]) -> bool:
    """Tell whether each class ends, at the latest, where the next one begins, and no two are the same."""
    steps = list(pairwise(sorted(spreads)))
    return all(low.most <= high.least and low.mean < high.mean for low, high in steps)


def _sorted(classes: Sequence[str], keys: Sequence[float]) -> tuple[str, ...]:
    return tuple(name for _, name in sorted(zip(keys, classes, strict=True)))


def _word(classes: Sequence[str]) -> str | None:
    """Return the word before the number of every class; None where there is none, or more than one."""
    found = {" ".join(words(match[0])) if (match := _NAMED.match(name.strip())) else None for name in classes}
    return found.pop() if len(found) == 1 else None


def _names(classes: Sequence[str], label: str) -> bool:
    """Tell whether the numbers of the classes are names only."""
    word = _word(classes)
    return word is not None and not any(mentions(text, _RANKS | MONEY) for text in (word, label))


def _binary(counts: Mapping[str, int], label: str) -> tuple[str, ...]:
    first, second = counts
    for low, high in ((first, second), (second, first)):
        if low.strip().lower() in _NO or high.strip().lower() in _YES:
            return low, high
    keys = _by_scale([first, second]) or (None if _names([first, second], label) else _by_number([first, second]))
    if keys is not None:
        return _sorted([first, second], keys)
    return tuple(sorted(counts, key=lambda name: (-counts[name], name)))


def _by_scale(classes: Sequence[str]) -> list[float] | None:
    phrases = ["-".join(words(name)) for name in classes]
    for scale in _SCALES:
        places = {word: float(place) for place, step in enumerate(scale) for word in step.split()}
        keys = [places.get(phrase, places.get(phrase.split("-")[0], -1.0)) for phrase in phrases]
        if min(keys, default=-1) >= 0 and len(set(keys)) == len(keys):
            return keys
    return None


def _by_number(classes: Sequence[str]) -> list[float] | None:
    keys = []
    for name in classes:
        match = _NUMBER.search(name)
        if match is None or len(_NUMBER.sub("", name)) > 12:
            return None
        number = float(re.sub(r"[ ,']", "", match[0]).replace("+", ""))
        below = re.match(r"\s*(<|under|bis|up to|less)", name.lower()) is not None
        keys.append(number - 1e-6 * max(abs(number), 1) if below else number)
    return keys if len(set(keys)) == len(keys) else None
