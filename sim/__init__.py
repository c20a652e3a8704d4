"""paceline: loss as a function of seconds, for distributed SGD on a cluster that nobody has bought yet."""

__version__ = "0.1.0"
