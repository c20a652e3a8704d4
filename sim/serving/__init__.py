"""The parameter server at work: its shards, what stands between them and the workers, and the workers' side of it."""
