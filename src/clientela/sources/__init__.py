"""One adapter a kind of file; each yields a Table."""
