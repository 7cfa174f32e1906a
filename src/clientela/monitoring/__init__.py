"""Every new batch held against a baseline: incidents with a named cause, and word of them to people."""
