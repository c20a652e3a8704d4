"""Batches of the whole training set, computed portion by portion, and what a server makes of their gradients."""
