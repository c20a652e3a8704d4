"""The config: what can be set, and how Hydra's composed config becomes an experiment."""
