"""A coordinator that hands out portions of the training set."""
