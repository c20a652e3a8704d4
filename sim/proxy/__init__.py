"""Small runs that stand for large ones: what they say of learning, whatever the clock of the large one is."""
