"""What is in the data, what was done to it, where it came from."""
