"""Neighbours in a topology, whose models are mixed round by round."""
