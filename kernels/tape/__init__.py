"""The tape's executor: plays recorded rows over a store of parameter vectors."""
