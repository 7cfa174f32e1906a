"""Seeded generator of visit tables with known truths."""
