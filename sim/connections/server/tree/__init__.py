"""A tree of aggregators between workers and a server."""
