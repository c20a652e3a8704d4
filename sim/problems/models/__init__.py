"""Models that several problems share: one file per kind, each a problem that lacks its data."""
