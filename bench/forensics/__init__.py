"""The forensic bench of the audit: base tables, plants, scores."""
