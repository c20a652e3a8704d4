"""A tree of centres above the workers."""
