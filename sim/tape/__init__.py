"""Deferred vectors, and the tape that computes them."""
