"""Result records turned into a report, a deck and terminal text."""
