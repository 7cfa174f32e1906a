"""Learning revenue groups and value; the only place that imports learning libraries."""
