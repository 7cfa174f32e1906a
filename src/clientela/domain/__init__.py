"""Frozen records and the errors: what all of Clientela speaks about. Standard library only."""
