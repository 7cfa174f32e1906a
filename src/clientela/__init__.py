"""Clientela: from a table of website visits to revenue groups, segments and a report."""
