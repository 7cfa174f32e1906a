"""Columns that came through one join: keys, what they determine, coverage, versions, blocks without a key."""
