"""The kinds of faults: what the user says of each, and what happens by it, when."""
