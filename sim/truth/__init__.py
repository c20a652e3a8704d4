"""What real clusters have been measured to do, and how far a prediction is from it."""
