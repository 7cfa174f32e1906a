"""The contestants of the speed bench, each a process of its own."""
