"""Cells that are written otherwise than in the reference: try the small changes that would bring them back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, cells
from clientela.monitoring.case import FLOOR, Found
from clientela.monitoring.columns import UNITS, Floats, Kind, as_numbers, seconds, written
from clientela.monitoring.contract import Term
from clientela.monitoring.traits import built_otherwise
from clientela.statistics.two_samples import rate_p

Mended = Floats | pl.Series
MOST_TRIED = 2_000
"""Different strange cells that are looked at."""

RESTORED = 0.8
"""Share of strange cells that a change must bring back to be named."""

SERIAL = 25_569
"""1970-01-01 as a workbook counts days."""

LEAST_AFFIXED, MOST_AFFIXED = 3, 50
"""Levels that must have the same letters added, and different strange cells that are asked."""

MOST_SHAPES = 12
"""Shapes of keys and texts, digit by digit, up to which a column has a fixed form."""

LEAST_STRANGE = 5
"""Fewer strange cells than this are stray errors, not a change of the pipeline."""

YES, NO = {"y", "yes", "t", "true", "1", "j", "ja", "on", "wahr", "oui", "si"}, {
    "n", "no", "f", "false", "0", "nein", "off", "falsch", "non",
}  # fmt: skip
FEW_SHAPES, OTHER_SHAPES = 30, 0.08
"""Shapes of a text that is built by a rule, and share of the rows that must have another one."""

WORDS = {"", "unknown", "n/a", "na", "null", "none", "nan", "-", "--", "?", "not set", "(not set)", "undefined", "nil",
         "missing", "unbekannt", "(none)", "(empty)", "(blank)", "(missing)", "(unknown)", "<na>", "not provided",
         "(not provided)", "not available", "other/unknown", "\\n", "(null)", "empty", "#n/a", "tbd",
         "unspecified"}  # fmt: skip
SPELT = {ord(letter): plain for letter, plain in zip(
    "äöüÄÖÜßæøåÆØÅ", ("ae", "oe", "ue", "Ae", "Oe", "Ue", "ss", "ae", "oe", "aa", "Ae", "Oe", "Aa"), strict=True
)}  # fmt: skip
"""Letters as they are written where a keyboard has none of them."""

TIME_FORMATS = (
    "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%d/%m/%Y %I:%M:%S %p", "%d/%m/%Y %I:%M %p",
    "%d %b %Y %H:%M:%S", "%d %b %Y %H:%M", "%d-%b-%Y %H:%M:%S", "%d-%b-%Y %H:%M", "%b %d, %Y %H:%M:%S", "%b %d, %Y",
    "%d %b %Y", "%d-%b-%Y", "%d.%m.%y %H:%M:%S", "%d.%m.%y %H:%M", "%m/%d/%y %H:%M:%S", "%m/%d/%y %H:%M",
    "%d.%m.%y", "%m/%d/%y", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M",
    "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d-%m-%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S",
    "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y%m%d", "%Y%m%d%H%M%S",
    "%Y-%m-%dT%H:%M:%S%#z", "%Y-%m-%d %H:%M:%S%#z", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d",
)  # fmt: skip


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


def _shares(term: Term) -> tuple[Way, ...]:
    """Return the way to read per cent as shares, for a column that has no number beyond one."""

    def back(cell: str) -> str | None:
        share = _signed(cell) if cell.strip().endswith("%") else None
        return f"{float(share) / 100:.12g}" if share is not None and _is_number(share) else None

    return (Way("a sign of per cent", Cause.DTYPE_FORMAT, back),) if term.low >= 0 and term.high <= 1 else ()


NUMBER_WAYS = (
    Way("decimal comma", Cause.DTYPE_FORMAT, _decimal_comma),
    Way("thousands separator", Cause.DTYPE_FORMAT, _thousands),
    Way("hours, minutes and seconds", Cause.DTYPE_FORMAT, _clock),
    Way("sign or letters around the number", Cause.DTYPE_FORMAT, _signed),
    Way("quotes around the number", Cause.DTYPE_FORMAT, _quoted),
    Way("a word for missing", Cause.NULL_SEMANTICS, lambda cell: "nan" if cell.strip().casefold() in WORDS else None),
)


def mend(baseline: Baseline, term: Term, series: pl.Series) -> tuple[Mended, Found | None]:
    """Return a batch column as the reference writes it, and what had to be changed."""
    if term.kind is Kind.NUMBER:
        return _number(term, series)
    if term.kind is Kind.TIME:
        return _time(baseline, term, series)
    return _text(baseline, term, written(series))


def _strange(texts: pl.Series, plain: pl.Series) -> tuple[pl.DataFrame, int]:
    """Return the different strange cells with their counts, and how many rows they are."""
    odd = texts.filter(plain)
    counts = pl.DataFrame({"cell": odd}).group_by("cell").len().sort("len", "cell", descending=[True, False])
    return counts.head(MOST_TRIED), len(odd)


def _best(counts: pl.DataFrame, ways: Sequence[Way], fits: Callable[[str], bool]) -> tuple[Way, dict[str, str]] | None:
    total = int(counts["len"].sum())
    best: tuple[int, Way, dict[str, str]] | None = None
    for way in ways:
        back = {cell: mended for cell in counts["cell"] if (mended := way.back(cell)) is not None and fits(mended)}
        restored = int(counts.filter(pl.col("cell").is_in(list(back)))["len"].sum()) if back else 0
        if restored >= RESTORED * total and (best is None or restored > best[0]):
            best = (restored, way, back)
    return (best[1], best[2]) if best else None


def _number(term: Term, series: pl.Series) -> tuple[Mended, Found | None]:
    if series.dtype == pl.Boolean:
        return cells(series, Kind.NUMBER), None
    if series.dtype.is_numeric():
        return cells(series, Kind.NUMBER), None
    texts = written(series).str.strip_chars()
    numbers = cells(texts, Kind.NUMBER)
    odd = texts.is_not_null() & pl.Series(np.isnan(numbers)) & (texts.str.to_lowercase() != "nan")
    counts, strange = _strange(texts, odd)
    if strange < LEAST_STRANGE and strange < 0.5 * len(series):
        return numbers, None
    word = counts["cell"][0] if counts.height == 1 and not re.search(r"\d", counts["cell"][0]) else ""
    best = _best(counts, (*_shares(term), *NUMBER_WAYS), _is_number)
    if best is None and word:
        evidence = {"value": word, "rows": strange, "share": strange / len(series)}
        what = f"holds {word!r} in {strange / len(series):.1%} of the rows, one word where numbers stood"
        others = (Cause.MISSINGNESS, Cause.COLUMN_SHIFT)
        return numbers, Found(Cause.NULL_SEMANTICS, (term.name,), evidence, odd.to_numpy(), others, what)
    if best is None:
        evidence = {"rows": strange, "share": strange / len(series), "examples": counts["cell"].to_list()[:3]}
        return numbers, Found(
            Cause.UNKNOWN,
            (term.name,),
            evidence,
            odd.to_numpy(),
            (Cause.DTYPE_FORMAT, Cause.COLUMN_SHIFT),
            "holds text where numbers stood",
        )
    way, back = best
    mended = cells(texts.replace(back), Kind.NUMBER)
    return mended, _wrote(term.name, way, odd, back)


def _wrote(name: str, way: Way, odd: pl.Series, back: Mapping[str, str]) -> Found:
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


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _time(baseline: Baseline, term: Term, series: pl.Series) -> tuple[Mended, Found | None]:
    unit = dict(baseline.facts.dates).get(term.name, "")
    if series.dtype.is_numeric():
        return _counted(term, as_numbers(series), unit) if unit in UNITS else _epoch(term, as_numbers(series))
    if series.dtype.is_temporal() and unit not in UNITS:
        return cells(series, Kind.TIME), None
    values, found = (cells(series, Kind.TIME), None) if series.dtype.is_temporal() else _told_time(term, series)
    if unit in UNITS:
        evidence, what = {"unit": unit, "share": 1.0}, f"is written as dates, before as {unit} since 1970"
        return values, Found(Cause.DTYPE_FORMAT, (term.name,), evidence, what=what)
    return values, found


def _counted(term: Term, numbers: Floats, unit: str) -> tuple[Mended, Found | None]:
    """Return times that the reference counts in a unit, of which some may be counted in another one."""
    values, other = numbers / UNITS[unit], ""
    odd = ~np.isnan(values) & ~_near(term, values)
    for name, parts in UNITS.items():
        fits = odd & _near(term, numbers / parts)
        if fits.sum() > RESTORED * odd.sum():
            other, values = name, np.where(fits, numbers / parts, values)
            break
    if not other or odd.sum() < LEAST_STRANGE:
        return values, None
    evidence = {"rows": int(odd.sum()), "share": float(odd.mean()), "unit": other, "before": unit}
    what = f"counts {other} where it counted {unit}"
    return values, Found(Cause.UNIT_SCALE, (term.name,), evidence, odd, (Cause.DTYPE_FORMAT,), what)


def _told_time(term: Term, series: pl.Series) -> tuple[Floats, Found | None]:
    texts = written(series).str.strip_chars()
    values = np.full(len(series), np.nan)
    used: dict[str, int] = {}
    open_ = texts.is_not_null().to_numpy()
    for forms in (TIME_FORMATS[-3:], TIME_FORMATS[:-3]):
        while open_.any() and (best := _best_form(term, texts, forms, open_)) is not None:
            form, read, fits = best
            values[fits] = read[fits]
            used[form] = used.get(form, 0) + int(fits.sum())
            open_ = open_ & ~fits
    if open_.any():
        numbers = as_numbers(texts)
        for unit, factor in UNITS.items():
            fits = open_ & _near(term, numbers / factor)
            if fits.sum() >= LEAST_STRANGE:
                values[fits], used[f"{unit} since 1970"] = numbers[fits] / factor, int(fits.sum())
                break
    return values, _time_found(term, texts, values, used)


def _best_form(
    term: Term, texts: pl.Series, forms: Sequence[str], open_: NDArray[np.bool_]
) -> tuple[str, Floats, NDArray[np.bool_]] | None:
    """Return the form that reads most of the cells that are open, the nearest to the reference's end where two do.

    Day and month are told apart only by cells whose day is beyond the twelfth, so forms are held against each other.
    """
    best: tuple[tuple[float, float], str, Floats, NDArray[np.bool_]] | None = None
    for form in forms:
        read = seconds(texts.str.to_datetime(form, strict=False))
        fits = open_ & ~np.isnan(read) & _near(term, read)
        if fits.sum() < max(1, 0.02 * texts.len()):
            continue
        rank = (float(fits.sum()), -float(np.median(np.abs(read[fits] - term.high))))
        if best is None or rank > best[0]:
            best = (rank, form, read, fits)
    return best[1:] if best is not None else None


def _near(term: Term, values: Floats) -> NDArray[np.bool_]:
    reach = 3 * 365 * 86400.0
    with np.errstate(invalid="ignore"):
        return (values > term.low - reach) & (values < term.high + reach)


def _epoch(term: Term, numbers: Floats) -> tuple[Mended, Found | None]:
    for unit, factor in UNITS.items():
        if np.mean(_near(term, numbers / factor)) > RESTORED:
            what = f"is written as {unit} since 1970"
            evidence = {"unit": unit, "share": 1.0}
            return numbers / factor, Found(Cause.DTYPE_FORMAT, (term.name,), evidence, what=what)
    days = (np.where(np.abs(numbers) < 10 * SERIAL, numbers, np.nan) - SERIAL) * 86_400.0
    if np.mean(_near(term, days)) > RESTORED:
        what = "is written as a workbook's number of days"
        return days, Found(Cause.DTYPE_FORMAT, (term.name,), {"unit": "days", "share": 1.0}, what=what)
    texts = written(pl.Series(numbers, nan_to_null=True))
    for form in ("%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d"):
        read = seconds(texts.str.to_datetime(form, strict=False))
        if np.mean(_near(term, read)) > RESTORED:
            what = f"is written as one number ({form})"
            return read, Found(Cause.DTYPE_FORMAT, (term.name,), {"format": form, "share": 1.0}, what=what)
    return np.full(numbers.size, np.nan), Found(
        Cause.UNKNOWN, (term.name,), {"share": 1.0}, None, (Cause.DTYPE_FORMAT,), "holds numbers where times stood"
    )


def _time_found(term: Term, texts: pl.Series, values: Floats, used: Mapping[str, int]) -> Found | None:
    odd = texts.is_not_null().to_numpy() & np.isnan(values)
    main = max(used, key=lambda form: used[form], default="")
    others = {form: count for form, count in used.items() if form not in TIME_FORMATS[-3:]}
    count = sum(others.values()) or int(odd.sum())
    if not used or count < LEAST_STRANGE:
        evidence = {"rows": int(odd.sum()), "examples": texts.filter(pl.Series(odd)).to_list()[:3]}
        found = Found(
            Cause.UNKNOWN, (term.name,), evidence, odd, (Cause.DTYPE_FORMAT,), "holds cells that are no times"
        )
        return found if odd.sum() >= LEAST_STRANGE else None
    form = max(others, key=lambda item: others[item], default=main)
    evidence = {"rows": count, "share": count / max(1, len(texts)), "format": form}
    return Found(Cause.DTYPE_FORMAT, (term.name,), evidence, what=f"is written in another order of date ({form})")


def _fold(cell: str) -> str:
    plain = unicodedata.normalize("NFKD", cell)
    return re.sub(r"[\W_]+", "", "".join(char for char in plain if not unicodedata.combining(char))).casefold()


def _mojibake(cell: str) -> str | None:
    for wrong in ("latin-1", "cp1252"):
        try:
            back = cell.encode(wrong).decode("utf-8")
        except UnicodeError:
            continue
        if back != cell:
            return back
    for right, wrong in (("cp1252", "utf-8"), ("latin-1", "cp437"), ("utf-8", "cp437"), ("utf-8", "cp850")):
        try:
            back = cell.encode(wrong).decode(right)
        except UnicodeError:
            continue
        if back != cell:
            return back
    return None


def _level_ways(levels: Collection[str]) -> tuple[Way, ...]:
    folded: dict[str, str] = {}
    for level in levels:
        folded.setdefault(_fold(level), level)
    damaged = {_ascii(level): level for level in levels if not level.isascii()}
    dropped = {_without(level): level for level in levels if not level.isascii()}
    padded = {level.lstrip("0"): level for level in levels}
    truths = {level.casefold(): level for level in levels}
    pair = _yes_and_no(levels)
    numeric = all(_is_number(level) for level in levels)
    spelt = {_fold(level.translate(SPELT)): level for level in levels if not level.isascii()}

    def yes(cell: str) -> str | None:
        word = cell.strip().casefold().removesuffix(".0")
        if pair is None or word in truths:
            return None
        return pair[0] if word in YES else pair[1] if word in NO else None

    def number(cell: str) -> str | None:
        if not numeric:
            return None
        body = re.sub(r"\.0+$", "", cell.strip())
        body = _signed(body) or body
        return padded.get(body.lstrip("0"), body.lstrip("0") or "0")

    return (
        Way("other words for true and false", Cause.DTYPE_FORMAT, yes),
        Way("letters or a fraction around the code", Cause.DTYPE_FORMAT, number),
        Way("a wrong character set", Cause.ENCODING, _mojibake),
        Way(
            "letters lost to a character set",
            Cause.ENCODING,
            lambda cell: damaged.get(_ascii(cell)) if _lossy(cell) else dropped.get(cell),
        ),
        Way("letters spelt out", Cause.CATEGORY_FORMAT, lambda cell: spelt.get(_fold(cell))),
        Way(
            "other case, blanks or marks",
            Cause.CATEGORY_FORMAT,
            lambda cell: folded.get(_fold(cell)) if _fold(cell) and not _is_number(cell) else None,
        ),
    )


def _affixed(counts: pl.DataFrame, levels: Collection[str]) -> Way:
    """Return the way of letters before or after several levels, which one new item alone would not have."""
    known = [level for level in levels if level]
    found: dict[tuple[str, str], set[str]] = {}
    for cell in counts["cell"].head(MOST_AFFIXED):
        for level in known:
            if cell != level and (cell.startswith(level) or cell.endswith(level)):
                parts = ("", cell[len(level) :]) if cell.startswith(level) else (cell[: -len(level)], "")
                found.setdefault(parts, set()).add(level)
    first, last = max(found, key=lambda parts: (len(found[parts]), parts), default=("", ""))
    enough = len(found.get((first, last), ())) >= min(LEAST_AFFIXED, len(known))

    def bare(cell: str) -> str | None:
        inside = cell[len(first) : len(cell) - len(last)]
        return inside if enough and first + last and cell == first + inside + last else None

    return Way("letters before or after it", Cause.DTYPE_FORMAT, bare)


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


def _ascii(cell: str) -> str:
    return re.sub(r"[^\x00-\x7f]+|[?\ufffd]+", "?", cell)


def _lossy(cell: str) -> bool:
    return "?" in cell or "\ufffd" in cell


def _without(level: str) -> str:
    return re.sub(r"[^\x00-\x7f]", "", level)


def _text(baseline: Baseline, term: Term, texts: pl.Series) -> tuple[Mended, Found | None]:
    known = baseline.side.texts[term.name].drop_nulls().unique()
    levels = set(term.levels) | set(
        known.to_list() if term.kind is not Kind.CATEGORY else known.head(MOST_TRIED).to_list()
    )
    if term.kind is not Kind.CATEGORY:
        return _free(baseline, term, texts)
    odd = texts.is_not_null() & ~texts.is_in(list(levels))
    counts, strange = _strange(texts, odd)
    if strange < LEAST_STRANGE or strange < FLOOR * len(texts):
        return texts, None
    best = _best(counts, (*_level_ways(levels), _affixed(counts, levels)), levels.__contains__)
    if best is not None:
        way, back = best
        return texts.replace(back), _wrote(term.name, way, odd, back)
    cut = _truncated(counts, levels, texts.drop_nulls().unique().to_list())
    if cut:
        evidence = {"rows": strange, "share": strange / len(texts), "length": cut}
        found = Found(Cause.TRUNCATION, (term.name,), evidence, odd.to_numpy(), what=f"is cut to {cut} characters")
        return texts, found
    return texts, None


def _truncated(counts: pl.DataFrame, levels: Collection[str], seen: Sequence[str]) -> int:
    """Return the length to which known levels were cut, 0 where they were not."""
    odd = [cell for cell in counts["cell"] if cell]
    longest = max((len(cell) for cell in odd), default=0)
    starts = {level[:longest] for level in levels if len(level) > longest}
    starts |= {level[:longest].rstrip() for level in levels if len(level) > longest}
    cut = counts.filter(pl.col("cell").is_in(list(starts)))
    whole = [level for level in seen if level in levels and len(level) > longest]
    if whole and cut.height <= 0.5 * len({level[:longest] for level in levels if len(level) > longest}):
        return 0  # most of the long levels come uncut
    return longest if longest and int(cut["len"].sum()) >= RESTORED * int(counts["len"].sum()) else 0


def mask(texts: pl.Series) -> pl.Series:
    """Return the shape of each text: runs of digits "9", of small letters "a", of capitals "A", the rest as it is."""
    shape = texts.str.replace_all(r"\p{N}+", "9").str.replace_all(r"\p{Ll}+", "a").str.replace_all(r"\p{Lu}+", "A")
    return shape.str.slice(0, 40)


def _free(baseline: Baseline, term: Term, texts: pl.Series) -> tuple[Mended, Found | None]:
    """Compare shapes and lengths of keys and free text."""
    known = baseline.side.texts[term.name].drop_nulls()
    cut = _cut_off(term, known, texts)
    # what a cut leaves of the known cells is built as they are left
    left = known if cut is None else known.str.slice(0, int(cut.evidence["length"]))
    plain = texts.set(texts.str.strip_chars().str.to_lowercase().is_in(list(WORDS)), None)
    built = built_otherwise(term.name, left, plain)
    if cut is not None:
        return texts, built or cut
    mended, found = _reshaped(term, known, texts)
    return mended, found or built or _other_shape(term.name, known, texts)


def _other_shape(name: str, known: pl.Series, texts: pl.Series) -> Found | None:
    """Return that cells of a text which is built by a rule have a shape that none had."""
    shapes = mask(known).unique()
    if len(shapes) > FEW_SHAPES:
        return None
    odd = (texts.is_not_null() & ~mask(texts).is_in(shapes.implode())).fill_null(value=False)
    cells, count = texts.filter(odd), int(odd.sum())
    if count < OTHER_SHAPES * len(texts) or cells.n_unique() < LEAST_STRANGE:
        return None
    example, share = str(cells[0])[:60], count / len(texts)
    evidence = {"rows": count, "share": share, "way": "another shape", "now": example, "before": str(known[0])[:60]}
    what = f"has another shape in {share:.1%} of the rows ({example!r})"
    others = (Cause.CATEGORY_FORMAT, Cause.COLUMN_SHIFT)
    return Found(Cause.DTYPE_FORMAT, (name,), evidence, odd.to_numpy(), others, what)


def _reshaped(term: Term, known: pl.Series, texts: pl.Series) -> tuple[Mended, Found | None]:
    """Look for the small change that gives cells of other shapes the shape of known ones."""
    shapes = set(mask(known).unique().to_list())
    odd = (texts.is_not_null() & ~mask(texts).is_in(list(shapes))).fill_null(value=False)
    counts, strange = _strange(texts, odd)
    if strange < LEAST_STRANGE or strange < 0.02 * len(texts) or len(shapes) > 0.1 * len(known):
        return _unpadded(term, known, texts)

    def fits(cell: str) -> bool:
        return mask(pl.Series([cell]))[0] in shapes

    for way in _free_ways():
        best = _best(counts.head(200), (way,), fits)
        if best is not None:
            return texts, _wrote(term.name, way, odd, best[1])
    return texts, None


def _unpadded(term: Term, known: pl.Series, texts: pl.Series) -> tuple[Mended, Found | None]:
    """Look for digits that lost their leading zeros, where all had one length."""
    digits = known.filter(known.str.contains(r"^\d+$"))
    lengths = digits.str.len_chars().unique().to_list()
    if len(lengths) != 1 or not bool(digits.str.starts_with("0").any()):
        return texts, None
    short = (texts.str.contains(r"^\d+$") & (texts.str.len_chars() < lengths[0])).fill_null(value=False)
    if int(short.sum()) < max(LEAST_STRANGE, FLOOR * len(texts)):
        return texts, None
    way = Way("leading zeros lost", Cause.DTYPE_FORMAT, lambda cell: cell.zfill(lengths[0]))
    padded = pl.DataFrame({"cell": texts, "short": short}).select(
        pl.when("short").then(pl.col("cell").str.zfill(lengths[0])).otherwise("cell")
    )
    first = str(texts.filter(short)[0])
    return padded.to_series(), _wrote(term.name, way, short, {first: first.zfill(lengths[0])})


def _cut_off(term: Term, known: pl.Series, texts: pl.Series) -> Found | None:
    """Return a truncation where no text is longer than a length that many of the reference's texts exceed."""
    lengths, before = texts.str.len_chars().cast(pl.Int64), known.str.len_chars().cast(pl.Int64)
    now = int(lengths.drop_nulls().to_numpy().max(initial=0))
    longer, capped, at_cap = int((before > now).sum()), int((before >= now).sum()), int((lengths == now).sum())
    if now == 0 or capped <= 0.02 * len(known) or at_cap <= 0.8 * capped / max(1, len(known)) * len(texts):
        return None
    if rate_p(longer, len(known), 0, max(1, len(texts))) >= 1e-6:
        return None
    rows = (lengths == now).fill_null(value=False).to_numpy()
    return Found(
        Cause.TRUNCATION, (term.name,), {"length": now, "rows": at_cap}, rows, what=f"is cut to {now} characters"
    )


def _free_ways() -> tuple[Way, ...]:
    return (
        Way("blanks around it", Cause.CATEGORY_FORMAT, lambda cell: cell.strip() if cell != cell.strip() else None),
        Way("capitals", Cause.CATEGORY_FORMAT, lambda cell: cell.lower() if cell != cell.lower() else None),
        Way("lower case", Cause.CATEGORY_FORMAT, lambda cell: cell.upper() if cell != cell.upper() else None),
        Way("a wrong character set", Cause.ENCODING, _mojibake),
        Way("a fraction", Cause.DTYPE_FORMAT, lambda cell: cell[:-2] if cell.endswith(".0") else None),
        Way("a prefix", Cause.DTYPE_FORMAT, lambda cell: re.sub(r"^[^\W\d]+[-_:]?", "", cell) or None),
    )
