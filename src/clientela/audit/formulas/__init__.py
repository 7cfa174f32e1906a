"""Columns that follow from other columns of the same row: formulas, look-ups, spans, recodings."""
