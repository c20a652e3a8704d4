"""A coordinator that hands out the full batch, which is the training set, in portions."""
