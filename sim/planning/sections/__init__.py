"""The parts of the page of a plan, from the top to the bottom."""
