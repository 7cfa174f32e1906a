"""Small changes of how cells are written, and which of them brings strange cells back."""

from __future__ import annotations

import functools
import html
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.calendars import renamed_time
from clientela.monitoring.case import Found
from clientela.monitoring.columns import Floats
from clientela.monitoring.contract import Term

Mended = Floats | pl.Series
"""A column of the batch as the reference writes it: numbers, seconds since 1970, or texts."""

MOST_TRIED = 2_000
"""Different strange cells that are looked at."""

RESTORED = 0.8
"""Share of strange cells that a change must bring back to be named."""

LEAST_STRANGE = 5
"""Fewer strange cells than this are stray errors, not a change of the pipeline."""

LEAST_AFFIXED, MOST_AFFIXED = 3, 50
"""Levels that must have the same letters added, and different strange cells that are asked."""

AMONG = re.compile(r"(\D*?)([+-]?\d(?:[\d.,'’ \u00a0\u202f]*\d)?)(\D*)")
"""One number with what stands before and behind it."""

MOST_SURROUNDINGS = 3
"""Different signs and words around the numbers of one column: names that end in numbers have more."""

MANY = {"k": 1e3, "tsd": 1e3, "mio": 1e6, "mrd": 1e9, "bn": 1e9}
"""Words behind a number that count thousands and more."""

MARKS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u066b": ".", "\u066c": ","})
"""Minus signs, and marks of Arabic numbers, in ASCII."""

YES, NO = {"y", "yes", "t", "true", "1", "j", "ja", "on", "wahr", "oui", "si"}, {
    "n", "no", "f", "false", "0", "nein", "off", "falsch", "non",
}  # fmt: skip

WORDS = {"", "unknown", "n/a", "na", "null", "none", "nan", "-", "--", "?", "not set", "(not set)", "undefined", "nil",
         "missing", "unbekannt", "(none)", "(empty)", "(blank)", "(missing)", "(unknown)", "<na>", "not provided",
         "(not provided)", "not available", "other/unknown", "\\n", "(null)", "empty", "#n/a", "tbd",
         "unspecified"}  # fmt: skip

SPELT = {ord(letter): plain for letter, plain in zip(
    "äöüÄÖÜßæøåÆØÅ", ("ae", "oe", "ue", "Ae", "Oe", "Ue", "ss", "ae", "oe", "aa", "Ae", "Oe", "Aa"), strict=True
)}  # fmt: skip
"""Letters as they are written where a keyboard has none of them."""

AROUND = "sign or letters around the number"

ZEROS, LOST = "zeros before its number lost or added", "letters lost"

TIMES = r"(?<=\d)\s*[xX×*]\s*(?=\d)"
"""What stands between the numbers of a size, as of 42 x 53 x 76 cm."""

PARTS = (100.0, 0.01, 1000.0, 0.001)
"""Factors of units by which a category of numbers is tried: others give some codes back by chance."""

CHARACTER_SETS = (
    *(("utf-8", wrong) for wrong in ("latin-1", "cp1252", "cp1250", "cp1251", "mac_roman", "cp437", "cp850")),
    *(("utf-8", wrong) for wrong in ("iso8859_2", "iso8859_15", "cp1253", "cp1254", "iso8859_7", "koi8_r")),
    *((right, "utf-8") for right in ("cp1252", "latin-1")),
    ("latin-1", "cp437"),
)
"""How text was written, and how it was read."""

OF_LEVELS = (
    *itertools.product(("cp1250", "iso8859_2", "cp1251", "cp1253", "iso8859_7"), ("latin-1", "cp1252")),
    *itertools.product(("latin-1", "cp1252"), ("cp1250", "iso8859_2")),
)
"""The same where each set has a letter for every byte, so that only known words tell it."""

MARK, MOST_LACKED = "\ufffd", 2
"""What stands for a byte that the character set of the reader lacks, and how many of them in a cell are tried."""


@dataclass(frozen=True)
class Way:
    """One small change of how cells are written.

    Attributes:
        name: What was changed, for the evidence.
        cause: The cause it shows.
        back: The cell as it was, None where it does not apply.
    """

    name: str
    cause: Cause
    back: Callable[[str], str | None]


def strange_cells(texts: pl.Series, odd: pl.Series) -> tuple[pl.DataFrame, int]:
    """Return the different strange cells with their counts, and how many rows they are."""
    strange = texts.filter(odd)
    counts = pl.DataFrame({"cell": strange}).group_by("cell").len().sort("len", "cell", descending=[True, False])
    return counts.head(MOST_TRIED), len(strange)


def best_way(
    counts: pl.DataFrame, ways: Sequence[Way], fits: Callable[[str], bool]
) -> tuple[Way, dict[str, str]] | None:
    """Return the way that brings most of the strange cells back, and what each was; None where none is enough.

    Args:
        counts: Different strange cells ("cell") with the rows that hold each ("len").
        ways: The ways to try; of two that bring back as much the first counts.
        fits: Whether the reference would write a cell so.
    """
    total = int(counts["len"].sum())
    best: tuple[int, Way, dict[str, str]] | None = None
    for way in ways:
        back = {cell: mended for cell in counts["cell"] if (mended := way.back(cell)) is not None and fits(mended)}
        restored = int(counts.filter(pl.col("cell").is_in(list(back)))["len"].sum()) if back else 0
        if restored >= RESTORED * total and (best is None or restored > best[0]):
            best = (restored, way, back)
    return (best[1], best[2]) if best else None


def told_by(name: str, way: Way, odd: pl.Series, back: Mapping[str, str]) -> Found:
    """Return that a column is written in another way, with one of the cells `back` as the example."""
    example = next(iter(back.items()), ("", ""))
    evidence = {
        "rows": int(odd.sum()),
        "share": int(odd.sum()) / max(1, len(odd)),
        "way": way.name,
        "now": example[0],
        "before": example[1],
    }
    marks = [re.sub(r"[\w\s]", "", cell) for cell in example]
    parted = way.cause is Cause.CATEGORY_FORMAT and marks[0] != marks[1] and len(example[1].split()) == 1
    others = (Cause.DTYPE_FORMAT,) if parted else ()
    what = f"is written with {way.name} ({example[0]!r})"
    return Found(way.cause, (name,), evidence, odd.to_numpy(), others, what)


def is_number(cell: str) -> bool:
    """Return whether Python reads the cell as a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _decimal_comma(cell: str) -> str | None:
    return cell.replace(".", "").replace(",", ".") if re.fullmatch(r"[+-]?[\d.]*,\d+([eE][+-]?\d+)?", cell) else None


def _thousands(cell: str) -> str | None:
    matched = re.fullmatch(r"[+-]?\d{1,3}(?:([ ,'’\u00a0\u202f])\d{3})+(\.\d+)?", cell)
    return re.sub(r"[ ,'’\u00a0\u202f]", "", cell) if matched else None


def _signed(cell: str) -> str | None:
    matched = re.fullmatch(
        r"\s*(?:[^\W\d]{1,8}[:_\- ]?|[€$£¥₹#%]\s*)?([+-]?[\d.,'’ \u00a0]*\d)\s*(?:[€$£¥₹%‰]|[^\W\d]{1,8})?\s*", cell
    )
    if not matched or matched[1] == cell:
        return None
    body = matched[1].strip()
    for way in (_thousands, _decimal_comma):
        if (back := way(body)) is not None:
            return back
    return body


def _latin(cell: str) -> str:
    """Return a cell with the digits and marks of any writing in ASCII."""
    if cell.isascii():
        return cell
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in cell.translate(MARKS))


def _parted(cell: str) -> tuple[str, str, str] | None:
    """Return what stands before a number, the number and what stands behind it; None where nothing is around it."""
    plain = _latin(cell.strip())
    matched = AMONG.fullmatch(plain)
    if not matched or (plain == cell.strip() and matched[2] == plain):
        return None
    before, body, behind = matched.groups()
    if before and before[-1].isalnum():  # the mark of a code is no minus
        body = body.lstrip("+-")
    return before.strip(), body, behind.strip()


def _readings(before: str, body: str, behind: str) -> Iterator[float]:
    """Yield what a number among signs and words may be, the likelier first."""
    sizes = [MANY[word]] if (word := behind.rstrip(".").casefold()) in MANY else []
    signs = [-1.0] if behind == "-" or (before.endswith("(") and behind.startswith(")")) else []
    bodies = [back for way in (_thousands, _decimal_comma, str) if (back := way(body)) is not None]
    for size, sign, text in itertools.product([*sizes, 1.0], [*signs, 1.0], bodies):
        if is_number(text):
            yield size * sign * float(text)


def _around(counts: pl.DataFrame, term: Term) -> Way:
    """Return the way of signs, brackets and words around numbers that the reference may hold.

    A few kinds of surroundings make a writing; numbers that end many names are those of another thing.
    """
    wide = term.high - term.low
    least = max(0.0, term.low - wide) if term.low >= 0 else term.low - wide
    parted = {cell: parts for cell in counts["cell"] if (parts := _parted(cell)) is not None}
    usual: Counter[tuple[str, str]] = Counter()
    for cell, size in counts.iter_rows():
        if cell in parted:
            usual[parted[cell][0], parted[cell][2]] += size
    kept = {words for words, _ in usual.most_common(MOST_SURROUNDINGS)}

    def back(cell: str) -> str | None:
        parts = parted.get(cell)
        if parts is None or (parts[0], parts[2]) not in kept:
            return None
        fits = (number for number in _readings(*parts) if least <= number <= term.high + wide)
        return next((f"{number:.12g}" for number in fits), None)

    return Way(AROUND, Cause.DTYPE_FORMAT, back)


def _quoted(cell: str) -> str | None:
    return cell.strip().strip("'\"").strip() if cell.strip()[:1] in ("'", '"') else None


def _clock(cell: str) -> str | None:
    """Read minutes and seconds, hours before them, or a duration of ISO 8601, as seconds."""
    parts = re.fullmatch(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)", cell.strip())
    parts = parts or re.fullmatch(r"PT(?:(\d{1,3})H)?(?:(\d{1,4})M)?(?:(\d{1,6}(?:\.\d+)?)S)?", cell.strip())
    if not parts or not any(parts.groups()):
        return None
    hours, minutes, rest = (float(part or 0) for part in parts.groups())
    return f"{3600 * hours + 60 * minutes + rest:.12g}"


def number_ways(counts: pl.DataFrame, term: Term) -> tuple[Way, ...]:
    """Return the ways in which the different strange cells of a column of numbers may be written.

    Per cent are shares in a column that has no number beyond one.
    """
    named = functools.partial(Way, cause=Cause.DTYPE_FORMAT)
    shares = (named("a sign of per cent", back=_share),) if term.low >= 0 and term.high <= 1 else ()
    return (
        *shares,
        named("decimal comma", back=_decimal_comma),
        named("thousands separator", back=_thousands),
        named("hours, minutes and seconds", back=_clock),
        named("quotes around the number", back=_quoted),
        _around(counts, term),
        named(AROUND, back=_signed),
        Way("a word for missing", Cause.NULL_SEMANTICS, _no_value),
    )


def _no_value(cell: str) -> str | None:
    return "nan" if cell.strip().casefold() in WORDS else None


def _share(cell: str) -> str | None:
    share = _signed(cell) if cell.strip().endswith("%") else None
    return f"{float(share) / 100:.12g}" if share is not None and is_number(share) else None


def _fold(cell: str) -> str:
    plain = "".join(char for char in _decomposed(cell) if not unicodedata.combining(char))
    return re.sub(r"[\W_]+", "", plain).upper().casefold()


def _undamaged(cell: str, sets: Sequence[tuple[str, str]] = CHARACTER_SETS) -> Iterator[str]:
    """Yield what a cell was before it was read with the wrong character set, once or twice."""
    for right, wrong in sets:
        for stored in _stored(cell, wrong):
            try:
                back = stored.decode(right)
            except UnicodeError:
                continue
            if back != cell:
                yield back
                if right == "utf-8" and not back.isascii():
                    yield from _undamaged(back)


def _stored(cell: str, wrong: str) -> Iterator[bytes]:
    """Yield the bytes that a cell may have been read from; a mark stands for any byte that the character set lacks."""
    try:
        parts = [part.encode(wrong) for part in (cell.split(MARK) if wrong != "utf-8" else [cell])]
    except UnicodeError:
        return
    if len(parts) <= MOST_LACKED + 1:
        for fill in itertools.product(_lacked(wrong), repeat=len(parts) - 1):
            yield b"".join(itertools.chain(*zip(parts, (*fill, b""), strict=True)))


@functools.cache
def _lacked(wrong: str) -> tuple[bytes, ...]:
    """Return the bytes for which a character set of single bytes has no letter."""
    return tuple(byte for code in range(256) if (byte := bytes([code])).decode(wrong, "replace") == MARK)


def level_ways(levels: Collection[str]) -> tuple[Way, ...]:
    """Return the ways in which cells may stand for known levels."""
    folded: dict[str, str] = {}
    for level in levels:
        folded.setdefault(_fold(level), level)
    damaged = {_ascii(level): level for level in levels if not level.isascii()}
    dropped = {_without(level): level for level in levels if not level.isascii()}
    padded = {level.lstrip("0"): level for level in levels}
    truths = {level.casefold(): level for level in levels}
    pair = _yes_and_no(levels)
    numeric = all(is_number(level) for level in levels)
    spelt = {_fold(level.translate(SPELT)): level for level in levels if not level.isascii()}
    unpadded = {_unpadded(level): level for level in levels}
    sizes = {_size(level): level for level in levels if re.search(TIMES, level)}

    def yes(cell: str) -> str | None:
        word = cell.strip().casefold().removesuffix(".0")
        if pair is None or word in truths:
            return None
        return pair[0] if word in YES else pair[1] if word in NO else None

    def number(cell: str) -> str | None:
        if not numeric:
            return None
        body = re.sub(r"\.0+$", "", cell.strip())
        body = _signed(body) or (_parted(body) or ("", body, ""))[1]
        return padded.get(body.lstrip("0"), body.lstrip("0") or "0")

    return (
        Way("other words for true and false", Cause.DTYPE_FORMAT, yes),
        Way("letters or a fraction around the code", Cause.DTYPE_FORMAT, number),
        Way(
            "a wrong character set",
            Cause.ENCODING,
            lambda cell: next(
                (back for back in _undamaged(cell, (*CHARACTER_SETS, *OF_LEVELS)) if back in levels), None
            ),
        ),
        Way(
            "letters lost to a character set",
            Cause.ENCODING,
            lambda cell: damaged.get(_ascii(cell)) if _lossy(cell) else dropped.get(cell),
        ),
        Way(
            "other marks between its numbers",
            Cause.DTYPE_FORMAT,
            lambda cell: sizes.get(_size(cell)) if re.search(TIMES, cell) else None,
        ),
        Way("letters spelt out", Cause.CATEGORY_FORMAT, lambda cell: spelt.get(_fold(cell))),
        Way("other names of months or days", Cause.CATEGORY_FORMAT, renamed_time(levels)),
        Way(ZEROS, Cause.CATEGORY_FORMAT, lambda cell: unpadded.get(_unpadded(cell))),
        Way("signs of HTML", Cause.CATEGORY_FORMAT, lambda cell: html.unescape(html.unescape(cell))),
        Way(
            "other case, blanks or marks",
            Cause.CATEGORY_FORMAT,
            lambda cell: folded.get(_fold(cell)) if _fold(cell) and not is_number(cell) else None,
        ),
    )


def parts_ways(counts: pl.DataFrame, levels: Collection[str]) -> Iterator[Way]:
    """Yield the ways of numbers in another unit, as a share in place of per cent, that give several levels back.

    One number alone would be a new code.
    """
    if not all(map(is_number, levels)):
        return
    known = {f"{float(level):.9g}": level for level in levels}
    for parts in PARTS:
        cells = {cell: f"{float(cell) * parts:.9g}" for cell in counts["cell"] if is_number(cell)}
        back = {cell: known[number] for cell, number in cells.items() if number in known}
        if len(set(back.values())) >= LEAST_AFFIXED:
            name = f"numbers {max(parts, 1 / parts):g} times {'smaller' if parts > 1 else 'larger'}"
            yield Way(name, Cause.UNIT_SCALE, back.get)


def affixed(counts: pl.DataFrame, levels: Collection[str]) -> tuple[Way, Way]:
    """Return the ways of letters that stand before or after several levels, or that several have lost there.

    One new item alone would not have them.
    """
    cells, known = counts["cell"].head(MOST_AFFIXED).to_list(), [level for level in levels if level]
    least = min(LEAST_AFFIXED, len(known))
    first, last = _affixes(cells, known, least)
    gone, end = _affixes(known, [cell for cell in cells if cell], max(2, least))

    def bare(cell: str) -> str | None:
        inside = cell[len(first) : len(cell) - len(last)]
        return inside if first + last and cell == first + inside + last else None

    def whole(cell: str) -> str | None:
        return gone + cell + end if gone + end else None

    return Way("letters before or after it", Cause.DTYPE_FORMAT, bare), Way(LOST, Cause.DTYPE_FORMAT, whole)


def _affixes(longer: Sequence[str], shorter: Sequence[str], least: int) -> tuple[str, str]:
    """Return what stands before or after most of the shorter words to make longer ones; "" where too few have it."""
    found: dict[tuple[str, str], set[str]] = {}
    for word in longer:
        for part in shorter:
            if word != part and (word.startswith(part) or word.endswith(part)):
                parts = ("", word[len(part) :]) if word.startswith(part) else (word[: -len(part)], "")
                found.setdefault(parts, set()).add(part)
    most = max(found, key=lambda parts: (len(found[parts]), parts), default=("", ""))
    return most if len(found.get(most, ())) >= least else ("", "")


def _yes_and_no(levels: Collection[str]) -> tuple[str, str] | None:
    """Return the levels that say yes and no, where a column has no other ones but words for missing.

    One of the two may be lacking where there is nothing else.
    """
    yes = [level for level in levels if level.strip().casefold() in YES]
    no = [level for level in levels if level.strip().casefold() in NO]
    others = [level for level in levels if level not in (*yes, *no)]
    if not levels or len(yes) > 1 or len(no) > 1 or (others and not (yes and no)):
        return None
    if any(other.strip().casefold() not in WORDS for other in others):
        return None
    return (yes or ["true"])[0], (no or ["false"])[0]


def _size(cell: str) -> str:
    return _fold(re.sub(TIMES, "x", cell))


def _unpadded(cell: str) -> str:
    return re.sub(r"(?<!\d)0+(?=\d)", "", cell)


def _ascii(cell: str) -> str:
    return re.sub(r"[^\x00-\x7f]+|[?\ufffd]+", "?", cell)


def _lossy(cell: str) -> bool:
    return "?" in cell or "\ufffd" in cell


def _without(level: str) -> str:
    return re.sub(r"[^\x00-\x7f]", "", level)


def free_ways() -> tuple[Way, ...]:
    """Return the ways in which keys and free texts may be written, whose cells nobody knows beforehand."""
    return (
        Way("blanks around it", Cause.CATEGORY_FORMAT, lambda cell: cell.strip() if cell != cell.strip() else None),
        Way("capitals", Cause.CATEGORY_FORMAT, lambda cell: cell.lower() if cell != cell.lower() else None),
        Way("lower case", Cause.CATEGORY_FORMAT, lambda cell: cell.upper() if cell != cell.upper() else None),
        Way("a wrong character set", Cause.ENCODING, lambda cell: next(_undamaged(cell), None)),
        Way("a fraction", Cause.DTYPE_FORMAT, lambda cell: cell[:-2] if cell.endswith(".0") else None),
        Way("a prefix", Cause.DTYPE_FORMAT, lambda cell: re.sub(r"^[^\W\d]+[-_:]?", "", cell) or None),
    )


def plain_ways() -> tuple[Way, ...]:
    """Return the ways in which letters beyond ASCII are lost; each gives what is left of a cell."""
    return (
        Way("letters lost to a character set", Cause.ENCODING, _without),
        Way("letters spelt out", Cause.CATEGORY_FORMAT, lambda cell: _without(cell.translate(SPELT))),
        Way("letters without their accents", Cause.CATEGORY_FORMAT, lambda cell: _without(_decomposed(cell))),
    )


def _decomposed(cell: str) -> str:
    return unicodedata.normalize("NFKD", cell)
