"""The one seam to engines: what a stage may ask of a table, whatever engine holds the rows.

Each request is answered by a small Polars frame or a bounded sample. Rules that hold for
every request and every engine:

- *null* and *NaN* are different: null is "no cell", NaN is a number that is none. Both are
  left out of minimum, maximum, mean, deviation, quantiles; infinities are left out too.
- A value is compared by value, text by its exact characters (no case folding, no trimming).
  NaN equals NaN, null equals null where rows or patterns are grouped; -0.0 equals 0.0.
- Values that come back as text are rendered by the engine-independent rule: integers in
  plain decimal digits; other numbers as the shortest decimal text that reads back the same,
  with an exponent from 1e16 on and below 1e-4 ("0.1", "1e+20", "nan", "inf"; whole numbers
  keep ".0"); decimals in plain digits without trailing zeros ("1.5", "2.0"); booleans
  "true"/"false"; dates "2026-11-05"; timestamps in UTC "2026-11-05 13:00:00" with fractions
  only where there are any, without trailing zeros; text as it is. Columns of storage `other`
  are compared, counted and handed out as the engine's own text.
- Sums of numbers come out the same to the last bit, however the engine parts its work.
- Ties are broken by the text of the value, ascending by code point.
- Column names are any text; they are never interpreted.
- An unknown column raises `ColumnError`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self

import polars as pl

from clientela.domain.column import Field
from clientela.domain.reading import Reading
from clientela.tables.aggregate import Aggregate
from clientela.tables.condition import Condition
from clientela.tables.derivation import Derivation

SUMMARY_COLUMNS = {
    "column": pl.String(),
    "storage": pl.String(),
    "rows": pl.Int64(),
    "nulls": pl.Int64(),
    "nans": pl.Int64(),
    "infinite": pl.Int64(),
    "distinct": pl.Int64(),
    "minimum": pl.Float64(),
    "maximum": pl.Float64(),
    "mean": pl.Float64(),
    "deviation": pl.Float64(),
    "zeros": pl.Int64(),
    "negatives": pl.Int64(),
    "whole": pl.Int64(),
    "first": pl.String(),
    "last": pl.String(),
    "shortest": pl.Int64(),
    "longest": pl.Int64(),
    "blanks": pl.Int64(),
}
"""Columns of the frame that `Table.summary` returns."""


class Table(Protocol):
    """A handle on rows held by some engine.

    Rows have a position (from 0), their order in the extract; engines without an order
    record it when they read.
    """

    @property
    def reading(self) -> Reading:
        """How the table was read."""

    @property
    def fields(self) -> tuple[Field, ...]:
        """Names and storage types of the columns, in order."""

    @property
    def rows(self) -> int:
        """Number of rows."""

    def select(self, columns: Sequence[str]) -> Self:
        """Return the same rows, positions kept, with these columns only, in this order; repeats count once."""

    def derive(self, columns: Mapping[str, Derivation], condition: Condition | None = None) -> Self:
        """Return derived columns, by name and in this order, of the rows where a condition holds; all where None.

        Nothing is copied. Rows keep their position.
        """

    def gathered(self, key: str, columns: Mapping[str, Aggregate]) -> Self:
        """Return one row for each value of a key, with what is kept of its rows, by name and in this order.

        The engine keeps the rows, on disk where memory does not suffice, until the table is no longer used. They stand
        in no order that means anything. Null is a value of the key; last digits of sums depend on how threads part the
        rows.
        """

    def summary(self, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Summarise columns, one row each, in the order asked for (all where None).

        Returns:
            A frame with `SUMMARY_COLUMNS`. `distinct` counts distinct values that are not
            null (NaN is one value). For integer, number and boolean columns (true = 1):
            minimum, maximum, mean, deviation (sample, n - 1; null below two values), zeros,
            negatives, `whole` (values without fraction), over finite values, and `nans` and
            `infinite` (0 where the type has none). For text, date, timestamp and
            time: `first` and `last` (smallest and largest as text). For text: `shortest`
            and `longest` in characters, `blanks` (cells of Unicode white space only, "" included).
            What does not apply is null.
        """

    def top_values(self, columns: Sequence[str], limit: int = 10) -> pl.DataFrame:
        """Return the most frequent values that are not null, per column.

        Returns:
            Columns `column`, `value` (text), `count`; per column (in the order asked for)
            by descending count, ties by value; at most `limit` rows each.
        """

    def quantiles(self, columns: Sequence[str], probabilities: Sequence[float]) -> pl.DataFrame:
        """Return exact step quantiles of integer, number and boolean columns.

        The quantile at p is the smallest value v with at least p of the finite values <= v
        (Hyndman and Fan 1996, type 1; p = 0 gives the minimum), taken from value counts.

        Returns:
            Columns `column`, `probability`, `value` (Float64; null where there are none).
        """

    def masks(self, columns: Sequence[str], limit: int = 10) -> pl.DataFrame:
        """Return the commonest shapes of raw text in text columns.

        In a mask every ASCII digit is "9", every lower-case ASCII letter "a", upper-case "A", all else
        stays; text beyond 64 characters is cut.

        Returns:
            Columns `column`, `mask`, `count`; ordered and limited like `top_values`.
        """

    def null_patterns(self, columns: Sequence[str], limit: int = 50) -> pl.DataFrame:
        """Count which columns are null together.

        Returns:
            Columns `pattern` (one character per column asked for: "1" null, "0" not),
            `count`; by descending count, then pattern; at most `limit` rows.
        """

    def contingency(self, first: str, second: str, limit: int = 10_000) -> pl.DataFrame:
        """Count the pairs of values of two columns, nulls included as null.

        Returns:
            Columns `first`, `second` (text), `count`; by descending count, then first and
            second with null last; at most `limit` rows.
        """

    def grouped(self, by: str, columns: Sequence[str]) -> pl.DataFrame:
        """Return sums of numeric or boolean columns per value of `by`.

        Returns:
            Columns `value` (text of `by`; null is a group), `column`, `rows` (rows of the
            group), `n` (finite values), `total`, `squares` (sum of squares), `minimum`,
            `maximum` (Float64; null where n is 0); ordered by value with null last, then
            in the order of `columns`.
        """

    def powers(
        self,
        by: Sequence[str],
        pairs: Sequence[tuple[str, str | None]],
        day: str | None = None,
        beside: Sequence[str] = (),
    ) -> pl.DataFrame:
        """Return sums of powers of numeric or boolean columns, and of pairs of them, per group, for inference.

        Each column is taken from an origin of its own, the mean of its first rows and the same in every group, so that
        the sums of groups can be added and nothing cancels. A row counts where both of a pair are finite. Sums are of
        doubles: their last digits depend on how threads part the rows.

        Args:
            by: Columns whose values (as text, null a group) part the rows; none for the whole table.
            pairs: First and second column; None for a column alone.
            day: A column of dates or timestamps whose day (UTC) parts the rows further, or None.
            beside: Columns whose products with the first column of the first pair, which stands alone, and with each
                other are asked for too.

        Returns:
            Per pair and group, in this order: `by0`, `by1`, ..., `day` where asked, `first`, `second`, `rows`, `n`
            (rows that count), `origin_first`, `origin_second`, and `s10`, `s01`, `s20`, `s11`, ... to the total power
            of 3: `sij` is the sum of (first - origin)^i (second - origin)^j, 0 where there is no second. Then `z0`: the
            rows whose first is exactly 0, and `z1`, `z2`, `z3`: the sums of powers of (second - origin) over them; and
            `large_first`, `large_second`: (first - origin) and (second - origin) of the 20 rows, zeros left out, whose
            first is farthest from its origin, as lists. Where `beside` names columns, also lists, null in all pairs but
            the first, in which a row counts where all of them are finite: `origins_beside`; `mixed`: the sums of the
            products of one, two and three of (first, beside...), all from their origins, in the order of
            `itertools.combinations_with_replacement`, powers of the first alone left out; `mixed_zeros`: of those
            without the first, the sums over the rows whose first is exactly 0; `large_beside`: of each of the 20 rows
            (beside - origin).
        """

    def products(self, columns: Sequence[str], together: Sequence[str] = ()) -> pl.DataFrame:
        """Count the cells of columns, and return sums of products of some, about their means.

        Args:
            columns: What is counted.
            together: Those of them, numeric or boolean, whose products are asked for.

        Returns:
            One row per column: `column`, `rows`, `n` (cells that are there; in numeric columns finite ones), and for
            those of `together` `mean` (of the finite cells; null or 0 without any) and `products`: with each of
            `together`, in order, the sum over all rows of (value - mean) (other - its mean), where a missing cell lies
            at the mean. Null in the other columns. Last digits depend on how threads part the rows.
        """

    def dependency(self, keys: Sequence[str], columns: Sequence[str]) -> pl.DataFrame:
        """Return the sums behind "these keys determine that column".

        Rows where any key is null are left out. Null in a determined column is a value.

        Returns:
            One row per column: `column`, `keys` (distinct key values), `rows`,
            `repeated_keys` (keys with two rows or more), `repeated_rows` (their rows),
            `modal_rows` (rows of repeated keys that carry their key's commonest value), `pairs` (pairs of
            rows with the same key), `equal_pairs` (of these, pairs with the same value),
            `determined_keys` (repeated keys with one value only).
        """

    def duplicates(self, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Count rows that are equal in all of `columns` (all columns where None).

        Returns:
            One row: `rows`, `distinct`, `repeated` (distinct rows that occur twice or
            more), `extra` (rows beyond the first of each), `largest` (size of the largest
            group; 0 for an empty table).
        """

    def matching(self, condition: Condition, columns: Sequence[str] | None = None, limit: int = 20) -> pl.DataFrame:
        """Return the first rows that fulfil a condition, in table order.

        The others of these requests answer with counts; a person who is told that 125 rows
        are copies wants to see some. The conditions are a closed set of records (`tables.condition`),
        so that every engine can say them, and `limit` bounds the answer.

        Args:
            condition: Which rows; a column of numbers or booleans (true = 1) for `Within`, of text for `Like`.
            columns: Columns to return (all where None).
            limit: How many rows at most.

        Returns:
            The rows with their own column types, preceded by the position named `ROW`, as in `sample`.
        """

    def sample(
        self, rows: int, seed: int, key: str | None = None, columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """Return a seeded sample of about `rows` rows, in table order.

        A row is in the sample where the first 8 hex digits of md5(f"{seed}|{key text}")
        are below the threshold round(share * 16**8) of the share rows / table rows, so that all rows of
        a key are in or out together and every engine takes the same ones. The text of a
        null key, and of `key` None, is the row's position. Where the table has no more rows than asked for,
        all are returned.

        Returns:
            The rows with their own column types, preceded by `row` (position, Int64) named
            `ROW`; expected size `rows`.
        """

    def split(self, share: float, seed: int, key: str | None = None) -> tuple[Self, Self]:
        """Part the table by the hash of a key (as in `sample`) into (share, rest); rows keep their position."""

    def batches(self, size: int = 100_000, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield all rows in table order, in frames of at most `size` rows; none for an empty table."""

    def close(self) -> None:
        """Release what the engine holds; the table cannot be asked afterwards."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


ROW = "__row__"
"""Name of the position column in a sample."""
