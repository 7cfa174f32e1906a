"""The one seam to engines: Table and its closed set of requests."""
