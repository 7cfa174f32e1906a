"""Parts of the bench of monitoring: tables, faults, benign changes, scoring."""
