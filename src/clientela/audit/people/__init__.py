"""Data about single people: in names, in cells, by check digit, and by combination."""
