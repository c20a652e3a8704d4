"""What is kept of a run, written and read."""
