"""More rows for classes that are too small: ways to raise the numbers, each judged out of sample."""
