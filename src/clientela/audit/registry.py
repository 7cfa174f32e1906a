"""All checks, in the order they run."""

from __future__ import annotations

from clientela.audit.checking import Check
from clientela.audit.checks import grain, origin, outcome, people, processing, relation, sheet, storage, values

CHECKS: tuple[Check, ...] = (
    sheet.header_row,
    sheet.empty_rows_columns,
    sheet.merged_cells,
    sheet.hidden_parts,
    sheet.formula_without_value,
    sheet.row_limit,
    storage.number_as_text,
    storage.date_as_text,
    storage.boolean_as_text,
    storage.mixed_types,
    storage.decimal_comma,
    storage.currency_text,
    storage.encoding_damage,
    storage.stray_space_case,
    storage.id_precision_lost,
    grain.grain,
    grain.duplicate_rows,
    grain.duplicate_key,
    grain.identifier,
    grain.constant,
    grain.near_constant,
    grain.high_cardinality,
    values.missing,
    values.joint_missing,
    values.sentinel,
    values.outliers,
    values.heavy_tail,
    values.zero_inflated,
    values.class_balance,
    relation.redundant,
    relation.association,
    origin.joined_block,
    origin.unavailable_live,
    processing.capped,
    processing.rounded,
    processing.standardised,
    processing.min_max_scaled,
    processing.label_encoded,
    processing.one_hot,
    processing.hashed,
    outcome.leak,
    outcome.target_aggregate,
    outcome.small_sample,
    people.personal_data,
)
"""A new check is a function of the context in the file of its family, and a line here."""
