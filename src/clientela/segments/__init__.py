"""Described groups of visitors, each with a rule a person can read."""
