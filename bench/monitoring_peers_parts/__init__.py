"""What the bench of monitoring against its peers is made of."""
