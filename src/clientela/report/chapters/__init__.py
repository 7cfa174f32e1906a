"""The questions a report answers, one module each."""
