"""What the statistics are held against: the same inputs, and implementations by others."""
