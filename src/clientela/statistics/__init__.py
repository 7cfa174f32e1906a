"""Pure functions on numbers and arrays."""
