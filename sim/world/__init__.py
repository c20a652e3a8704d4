"""What everybody in a run stands on: the clock, the wires, the accounts, and the workers."""
