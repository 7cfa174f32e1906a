"""From who saw what and what came of it to an effect by the business goal, right at every look."""
