"""The causes of incidents and the kinds of real change, in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from clientela.domain.incident import Cause, ShiftKind

CAUSES: Mapping[Cause, str] = MappingProxyType(
    {
        Cause.METRIC_DEFINITION: "a measure is computed by another rule",
        Cause.PRECISION: "rounded or cut more coarsely than before",
        Cause.UNIT_SCALE: "another unit or scale",
        Cause.DTYPE_FORMAT: "the same values written otherwise",
        Cause.CATEGORY_FORMAT: "case, blanks or spelling of categories",
        Cause.TIMEZONE: "times moved by an offset",
        Cause.ENCODING: "text decoded with the wrong character set",
        Cause.NULL_SEMANTICS: "zero, missing and stand-in values exchanged",
        Cause.COLUMN_RENAMED: "a column under another name",
        Cause.COLUMN_ADDED: "columns that were not there",
        Cause.COLUMN_REMOVED: "columns that are gone",
        Cause.TRUNCATION: "text cut to a length",
        Cause.OVERFLOW: "numbers wrapped or clipped by how they are stored",
        Cause.CATEGORY_PERMUTED: "codes exchanged among categories",
        Cause.CATEGORY_NEW: "a new item or code",
        Cause.CATEGORY_RENAMED: "a known item under another code",
        Cause.CATEGORY_REMOVED: "an item or source that stopped arriving",
        Cause.CATEGORY_MERGED: "two categories made one",
        Cause.CATEGORY_SPLIT: "one category made two",
        Cause.VOLUME: "too few or too many rows",
        Cause.DUPLICATES: "rows loaded twice",
        Cause.FANOUT: "rows multiplied by a join",
        Cause.STALE: "old rows sent again",
        Cause.MISSINGNESS: "more missing values",
        Cause.STUCK: "a column frozen at one value",
        Cause.ROW_MISALIGNMENT: "values attached to the wrong rows",
        Cause.COLUMN_SWAP: "two columns exchanged",
        Cause.COLUMN_SHIFT: "values moved one column on",
        Cause.SAMPLING: "a part of the traffic not collected",
        Cause.LABEL_DELAY: "outcomes that have not arrived yet",
        Cause.TRAIN_SERVE_SKEW: "features taken at another moment than in training",
        Cause.TIME_RANGE: "times in the future or far in the past",
        Cause.KEY_BREAK: "keys replaced by a placeholder",
        Cause.BOT_TRAFFIC: "machine visits not filtered",
        Cause.UNKNOWN: "a break whose cause is not known",
    }
)

KINDS: Mapping[ShiftKind, str] = MappingProxyType(
    {
        ShiftKind.SEASON: "season",
        ShiftKind.PROMOTION: "a promotion",
        ShiftKind.TREND: "a slow trend",
        ShiftKind.MIX: "another mix of visitors",
        ShiftKind.RENEWED: "a list kept up to date",
        ShiftKind.ANNOUNCED: "announced beforehand",
    }
)
