"""Several levels of a category that lost their rows at once: to one other level, or because they did not arrive."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clientela.domain.incident import Cause
from clientela.monitoring.carried import at_all_times, carried
from clientela.monitoring.case import Case, Found
from clientela.monitoring.columns import Flags
from clientela.monitoring.crediting import ALIKE, USUAL, compare
from clientela.monitoring.levels import Levels, counted
from clientela.monitoring.lookups import commonest
from clientela.monitoring.seasons import usual_swing
from clientela.statistics.two_samples import homogeneity, homogeneity_p, share_p

LEAST, LOST, GONE = 8.0, 0.45, 0.02
"""Rows that a level must be expected to have, share of them that must be gone, and part of them below which it is."""

LOST_IN_SEASON = 0.8
"""Share that must be gone where another season may have moved the levels."""

LOST_OF_HALF = 0.6
"""Share that must be gone of levels with so many rows that a change of the mix cannot be told from it by the others."""

CREDITED = 0.25
"""The same where another level gained what they lost."""

SWINGS = 3.0
"""How many times further than among stretches of the reference a season may carry the share of levels."""

MANY = 5
"""Other usual levels that kept still, from which it is no mere change of the mix."""

AS_CHANCE = 1e-3
"""Chance above which counts are the old ones in another order."""

SURE = 1e-3
"""Chance below which a level fell."""

LEAST_LEFT = 2
"""Levels that must be as before, so that a change of the mix can be told from it by them."""

NEARER = 2.0
"""How many times nearer the odds of a coarser level must be to what they were if it kept the rows of those gone."""

ROUNDS, MOST_TOLD = 4, 4


def fell(levels: Levels, least: float = LOST) -> list[int]:
    """Return the levels that lost at least a share of their rows, held against all that did not."""
    found: list[int] = []
    for _ in range(ROUNDS):
        rest = np.ones(levels.now.size, dtype=np.bool_)
        rest[found] = False
        ratio = float(levels.now[rest].sum()) / max(1.0, float(levels.known[rest].sum()))
        expected = levels.known * ratio
        low = (expected >= LEAST) & (levels.now < (1 - least) * expected)
        again = [int(place) for place in np.flatnonzero(low) if levels.chance(int(place)) < SURE]
        if again == found:
            break
        found = again
    return found


def credited_to_one(case: Case, name: str, levels: Levels) -> Found | None:
    """Return several levels that lost rows, where one other level has what they held and the rest keeps still."""
    gave, size = fell(levels, CREDITED), float(levels.now.sum())
    if len(gave) < 2:
        return None
    shares = [levels.share(place) for place in range(levels.now.size)]
    taker = int(np.argmax([now - before for now, before in shares]))
    lost = sum(shares[place][1] - shares[place][0] for place in gave)
    held, gained = sum(shares[place][1] for place in gave), shares[taker][0] - shares[taker][1]
    error = np.sqrt((held + shares[taker][1]) * (1 / size + 1 / float(levels.known.sum())))
    apart = abs(lost - gained) > 4 * error or gained < lost / 2 or _rather_lost(levels, gave, taker)
    if levels.known[taker] == 0 or taker in gave or apart or not levels.still([*gave, taker]):
        return None
    names = [levels.names[place] for place in gave]
    evidence = {"merged": names[:10], "into": levels.names[taker], "share": lost}
    told = ", ".join(map(repr, names[:MOST_TOLD]))
    if all(shares[place][0] < GONE * shares[place][1] for place in gave):
        others = (Cause.METRIC_DEFINITION, Cause.CATEGORY_REMOVED)
        return Found(Cause.CATEGORY_MERGED, (name,), evidence, None, others, f"{told} are now {levels.names[taker]!r}")
    places = [*gave, taker]
    turned = homogeneity_p(np.sort(levels.now[places]), np.sort(levels.known[places])) >= AS_CHANCE
    if turned and levels.distinct(places):
        return None  # they changed places
    # where some rows are left it may be another mix, unless many levels kept still or the rows look like theirs
    mixed = min(1.0, lost / max(1e-9, shares[taker][0]))
    looks = [compare(case, name, levels.names[taker], levels.names[place], mixed) for place in gave]
    usual = int(np.sum(levels.known * size / levels.known.sum() >= LEAST)) - len(gave) - 1
    if usual < MANY and not any(one.told and one.nearer and one.score > ALIKE for one in looks):
        return None
    what = f"{lost / held:.0%} of the rows of {told} went to {levels.names[taker]!r}"
    others = (Cause.CATEGORY_MERGED, Cause.CATEGORY_REMOVED)
    return Found(Cause.METRIC_DEFINITION, (name,), evidence, None, others, what)


def merged_in_season(case: Case, name: str, levels: Levels) -> Found | None:
    """Return several levels without rows, of which another one of their coarser level has what they held.

    The shares in the coarser level tell it, whatever a season made of its own. No usual level may have come or gone in
    the reference, as versions and items do.
    """
    if not case.later:
        return None
    for rule in case.baseline.contract.rules:
        if rule.kind != "determines" or rule.left != name or rule.right not in case.batch.texts:
            continue
        given = dict(commonest(case.reference.texts[name], case.reference.texts[rule.right]).iter_rows())
        groups = np.array([given.get(level, "") for level in levels.names])
        for group in sorted(set(given.values())):
            inside = (groups == group) & (levels.known > 0)
            found = _in_one(levels, inside, (groups != "") & ~inside)
            if found is not None and at_all_times(case, name, levels, found[0]):
                names, taker = [levels.names[place] for place in found[0]], levels.names[found[1]]
                share = float(levels.known[found[0]].sum() / levels.known.sum())
                evidence = {"merged": names[:10], "into": taker, "share": share}
                what = f"{', '.join(map(repr, names[:MOST_TOLD]))} are now {taker!r}, all of {group!r}"
                others = (Cause.CATEGORY_REMOVED, Cause.METRIC_DEFINITION)
                return Found(Cause.CATEGORY_MERGED, (name,), evidence, None, others, what)
    return None


def _in_one(levels: Levels, inside: Flags, outside: Flags) -> tuple[list[int], int] | None:
    """Return the levels of a coarser one that are gone and the one that has their rows; None where there are none.

    The coarser level must be much nearer to what it was beside the others with all rows than without theirs.
    """
    now, known = float(levels.now[inside].sum()), float(levels.known[inside].sum())
    rest = float(levels.now[outside].sum()), float(levels.known[outside].sum())
    expected = levels.known * now / max(1.0, known)
    gone = inside & (expected >= USUAL) & (levels.now < GONE * expected)
    kept = np.flatnonzero(inside & ~gone)
    if gone.sum() < LEAST_LEFT or not kept.size or min(*rest, now) == 0:
        return None
    taker = int(kept[np.argmax((levels.now - expected)[kept])])
    others = inside & ~gone
    others[taker] = False
    pooled = inside & ~others
    both = [np.append(part[others], part[pooled].sum()) for part in (levels.now, levels.known)]
    left = 1 - float(levels.known[gone].sum()) / known
    grown = (now / known) / (rest[0] / rest[1])
    as_before = homogeneity_p(both[0], both[1]) > AS_CHANCE
    as_before &= NEARER * abs(np.log(grown)) <= abs(np.log(grown / left))
    return ([int(place) for place in np.flatnonzero(gone)], taker) if as_before else None


def _rather_lost(levels: Levels, gave: Sequence[int], taker: int) -> bool:
    """Tell whether all others have more of the rows in proportion, the one that gained most no more than they."""
    rest = np.ones(levels.now.size, dtype=np.bool_)
    rest[[*gave, taker]] = False
    both = [
        homogeneity(*(np.append(part[rest], part[them].sum()) for part in (levels.now, levels.known)))[0]
        for them in ([taker], [*gave, taker])
    ]
    return both[0] < both[1]


def lost_together(case: Case, name: str, levels: Levels, *, another_season: bool) -> Found | None:
    """Return several levels of which most rows did not arrive, while the others keep their proportions."""
    lost = fell(levels)
    lost = lost if len(lost) > 1 else _alike_lost(levels)
    rest = [place for place in range(levels.now.size) if place not in lost and levels.known[place] > 0]
    if len(lost) < 2 or len(rest) < LEAST_LEFT or name == case.baseline.facts.label or not levels.steady(lost):
        return None
    ratio = float(levels.now[rest].sum()) / float(levels.known[rest].sum())
    expected, left = float(levels.known[lost].sum()) * ratio, float(levels.now[lost].sum())
    counts = (left, levels.now.sum(), levels.known[lost].sum(), levels.known.sum())
    gone = 1 - left / expected
    if case.later and LOST <= gone < LOST_IN_SEASON:
        mine = case.reference.texts[name].is_in([levels.names[place] for place in lost]).fill_null(value=False)
        beyond = SWINGS * usual_swing(case, mine.to_numpy())
        another_season = counts[2] / counts[3] - counts[0] / counts[1] <= beyond or carried(case, name, lost)
    if gone < (LOST_IN_SEASON if another_season else LOST) or share_p(*map(int, counts)) >= case.alpha(1):
        return None
    names = [levels.names[place] for place in lost]
    more = f" and {len(names) - MOST_TOLD} more" if len(names) > MOST_TOLD else ""
    what = f"{gone:.0%} of the rows of {', '.join(map(repr, names[:MOST_TOLD]))}{more} are lost, all others as before"
    evidence = {"levels": names[:10], "share": counts[0] / counts[1], "before": counts[2] / counts[3]}
    columns = (name, *_coarser(case, name))
    cause, other = levels.causes_of_loss(lost, weekly=False)
    return Found(cause, columns, evidence, None, (other, Cause.CATEGORY_MERGED), what)


def _alike_lost(levels: Levels) -> list[int]:
    """Return the levels that lost one part of their rows, where they hold so many that the others do not tell it.

    All levels then keep one of two shares of what they held, which a mix of visitors seldom leaves them.
    """
    expected = levels.known * levels.now.sum() / max(1.0, float(levels.known.sum()))
    usual = expected >= LEAST
    low = usual & (levels.now < expected)
    kept = usual & ~low
    if min(low.sum(), kept.sum()) < LEAST_LEFT:
        return []
    alike = all(homogeneity_p(levels.now[part], levels.known[part]) > SURE for part in (low, kept))
    ratio = float(levels.now[kept].sum()) / float(levels.known[kept].sum())
    gone = 1 - float(levels.now[low].sum()) / (ratio * float(levels.known[low].sum()))
    return [int(place) for place in np.flatnonzero(low)] if alike and gone >= LOST_OF_HALF else []


def _coarser(case: Case, name: str) -> list[str]:
    """Return columns that the category determines and of which one level is as good as gone too."""
    rules = (rule for rule in case.baseline.contract.rules if rule.kind == "determines" and rule.left == name)
    given = [rule.right for rule in rules if rule.right in case.batch.texts and rule.right not in case.explained]
    return [other for other in given if fell(counted(case, other))]
