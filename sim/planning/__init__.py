"""What to buy, and why."""
