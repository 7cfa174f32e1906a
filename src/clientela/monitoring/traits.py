"""How keys and free texts are built: marks, letters, beginning and end, where their cells come new with every batch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.case import BUDGET, SHARE, Found
from clientela.statistics.two_samples import rate_p

NEVER, ALWAYS = 0.001, 0.999
"""Shares of the reference's cells below and above which a trait is none of theirs, or of all of them."""

STRICT, LOOSE = 0.02, 0.08
"""Share of the rows that must break a trait: of a column whose cells all have the same traits, and of another one."""

VANISHED, USUAL = 0.05, 20.0
"""Part of a trait's rows that may be left, and rows that must have been expected, where only some cells have it."""

LEAST_DIFFERENT = 5
"""Different cells that must show it: one value in many rows is another matter."""

MOST_MARKS = 12
MOST_SEEN = 2_000
"""Different cells whose marks are looked for."""

FIELDS = (2**15, 2**31)
"""One more than the largest number of fields of whole numbers with a sign."""

CAPITAL, SMALL, DIGITS, ZERO = "capital letters", "small letters", "digits", "0 at the beginning"
CASE = {CAPITAL, SMALL}
END, LENGTH = "an end of", "characters"
LETTERS, BEYOND = "letters beyond ASCII", r"[^\x00-\x7F\x{FFFD}]"
PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
HEAD = r"^([^\W\d_]+[^\w\s]+|[^\w\s]+)"


@dataclass(frozen=True)
class Turn:
    """A trait that came or went.

    Attributes:
        trait: The trait.
        gained: Whether cells have it that had not, rather than the other way round.
        rows: Which rows of the batch differ from the reference by it.
        some: Whether only some cells of the reference had it.
    """

    trait: str
    gained: bool
    rows: pl.Series
    some: bool


def built_otherwise(name: str, known: pl.Series, texts: pl.Series) -> Found | None:
    """Return what happened to the writing of a key or free text, as its traits show; None where they are as before.

    Args:
        name: The column.
        known: Its cells in the reference.
        texts: Its cells in the batch.
    """
    turns = list(_turns(known.drop_nulls(), texts))
    if not turns:
        return None
    strict = [turn for turn in turns if not turn.some] or turns
    first = max(strict, key=lambda turn: int(turn.rows.sum()))
    rows = first.rows.fill_null(value=False)
    count, example = int(rows.sum()), str(texts.filter(rows)[0])
    gained = [turn.trait for turn in strict if turn.gained]
    lost = [turn.trait for turn in strict if not turn.gained]
    cause, others = _cause(strict, known, texts)
    told = " and ".join(
        f"{verb} {', '.join(traits[:3])}" for verb, traits in (("with", gained), ("without", lost)) if traits
    )
    share = count / len(texts)
    evidence = {"rows": count, "share": share, "way": told, "now": example[:60], "before": str(known[0])[:60]}
    what = f"is written {told} in {share:.1%} of the rows ({example[:60]!r})"
    if any(turn.gained and turn.trait == "'-'" and _turned_below(known, texts.filter(turn.rows)) for turn in strict):
        cause, others = Cause.OVERFLOW, (Cause.DTYPE_FORMAT,)
        what = f"is below 0 in {share:.1%} of the rows ({example[:60]!r}), as what a field has no room for"
    return Found(cause, (name,), evidence, rows.to_numpy(), others, what)


def _cause(turns: Sequence[Turn], known: pl.Series, texts: pl.Series) -> tuple[Cause, tuple[Cause, ...]]:
    traits = {turn.trait for turn in turns}
    if traits <= CASE or LETTERS in traits:
        letters = (Cause.ENCODING, (Cause.CATEGORY_FORMAT, Cause.DTYPE_FORMAT))
        return letters if LETTERS in traits else (Cause.CATEGORY_FORMAT, (Cause.DTYPE_FORMAT,))
    if all(turn.trait.endswith(f" {LENGTH}") for turn in turns) and _length(texts) < _length(known):
        return Cause.TRUNCATION, (Cause.DTYPE_FORMAT, Cause.CATEGORY_FORMAT)
    if all(turn.some for turn in turns):
        if any(turn.gained for turn in turns):  # all cells end alike: a part is hidden, or a mark was put there
            hidden = str(texts.filter(turns[0].rows)[0])[-1].isalnum()
            causes = (Cause.PRECISION, Cause.TRUNCATION, Cause.DTYPE_FORMAT)
            return (causes[0], causes[1:]) if hidden else (causes[2], causes[1:2])
        shorter = _length(texts) < _length(known) - 1
        return (Cause.TRUNCATION, (Cause.DTYPE_FORMAT,)) if shorter else (Cause.DTYPE_FORMAT, (Cause.TRUNCATION,))
    if any(turn.trait == "'%'" and PERCENT.search(str(texts.filter(turn.rows)[0])) for turn in turns):
        return Cause.DTYPE_FORMAT, (Cause.ENCODING,)
    return Cause.DTYPE_FORMAT, (Cause.CATEGORY_FORMAT, Cause.METRIC_DEFINITION)


def _turned_below(known: pl.Series, odd: pl.Series) -> bool:
    """Tell whether names that were numbers beyond what a field holds are numbers below 0 that it does."""
    numbers = [part.str.extract(r"^(-?\d{1,18})$", 1).cast(pl.Int64) for part in (known, odd.drop_nulls())]
    if any(part.null_count() or not len(part) for part in numbers):
        return False
    least, lowest, highest = (int(part) for part in (numbers[0].to_numpy().min(), *_ends(numbers[1])))
    return any(-limit <= lowest and highest < 0 and least >= limit for limit in FIELDS)


def _ends(numbers: pl.Series) -> tuple[int, int]:
    return int(numbers.to_numpy().min()), int(numbers.to_numpy().max())


def _length(texts: pl.Series) -> float:
    lengths = texts.drop_nulls().str.len_chars().to_numpy()
    return float(lengths.mean()) if lengths.size else 0.0


def _turns(known: pl.Series, texts: pl.Series) -> Iterator[Turn]:
    """Yield the traits that came or went more often than chance lets them."""
    if not len(known) or texts.null_count() == len(texts):
        return
    before, now = _traits(known, known, texts), _traits(texts, known, texts)
    shares = {trait: float(held.to_numpy().mean()) for trait, held in before.items()}
    loose = (ZERO, LETTERS)
    regular = all(not NEVER < s < ALWAYS for trait, s in shares.items() if trait not in loose and END not in trait)
    least, level = STRICT if regular else LOOSE, BUDGET * SHARE / max(1, len(shares))
    for trait, share in shares.items():
        held, filled = now[trait], texts.is_not_null()
        rows = held.fill_null(value=False)
        count, known_count, size = int(rows.sum()), int(before[trait].sum()), int(filled.sum())
        if END in trait:
            several = texts.filter(rows).n_unique() >= LEAST_DIFFERENT
            if count > ALWAYS * size and share < 0.5 and size >= USUAL and several:
                yield Turn(trait, gained=True, rows=rows, some=True)
        elif share < NEVER or share > ALWAYS:
            odd, usual = (rows, known_count) if share < NEVER else (filled & ~rows, len(known) - known_count)
            often = int(odd.sum()) >= least * size and texts.filter(odd).n_unique() >= LEAST_DIFFERENT
            if trait == LETTERS and share < NEVER:
                continue  # other visitors bring other letters
            if often and rate_p(int(odd.sum()), size, usual, len(known)) < level:
                yield Turn(trait, share < NEVER, odd, some=False)
        elif share * size >= USUAL and count < VANISHED * share * size:
            yield Turn(trait, gained=False, rows=filled & ~rows, some=True)


def _traits(texts: pl.Series, known: pl.Series, batch: pl.Series) -> Mapping[str, pl.Series]:
    """Return for each trait which cells have it: marks, kinds of letters, the beginning and the end."""
    found = {f"{mark!r}": texts.str.contains(mark, literal=True) for mark in _marks(known, batch)}
    found |= {CAPITAL: texts.str.contains(r"\p{Lu}"), SMALL: texts.str.contains(r"\p{Ll}")}
    found |= {LETTERS: texts.str.contains(BEYOND)}
    found |= {DIGITS: texts.str.contains(r"\d"), ZERO: texts.str.starts_with("0")}
    if head := _head(known):
        own = texts.str.extract(HEAD, 1).fill_null("")
        # another beginning of its own is another thing; one that was cut from it, or to it, is another writing
        parts = [text for text in own.unique() if _letters(text) in _letters(head)]
        other = own.is_in([head]) | ~(own.str.contains(_letters(head), literal=True) | own.is_in(parts))
        found[f"{head!r} at the beginning"] = other.fill_null(value=True)
    lengths = known.str.len_chars()
    if lengths.n_unique() == 1 and not known.str.contains(r"\d$").all():  # numbers in a row grow longer
        found[f"{lengths[0]} {LENGTH}"] = texts.str.len_chars() == lengths[0]
    last = batch.drop_nulls().str.slice(-1).value_counts(sort=True)
    if last.height:
        found[f"{END} {last[last.columns[0]][0]!r}"] = texts.str.ends_with(last[last.columns[0]][0])
    return found


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text)


def _head(known: pl.Series) -> str:
    """Return the letters and marks with which all cells begin, "" where they do not begin alike."""
    heads = known.str.extract(HEAD, 1).fill_null("").value_counts(sort=True)
    return str(heads[heads.columns[0]][0]) if heads["count"][0] > ALWAYS * len(known) else ""


def _marks(known: pl.Series, batch: pl.Series) -> list[str]:
    """Return the marks that either side has, the commonest first."""
    seen = [part.unique(maintain_order=True).head(MOST_SEEN) for part in (known, batch.drop_nulls())]
    marks = pl.concat([part.alias("mark") for part in seen]).str.extract_all(r"[^\w]").list.unique().explode()
    counts = marks.drop_nulls().value_counts(name="texts").sort("texts", "mark", descending=[True, False])
    return counts["mark"].head(MOST_MARKS).to_list()
