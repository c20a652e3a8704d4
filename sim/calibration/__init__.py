"""A model of a step whose few unknowns are learned from measurements."""
