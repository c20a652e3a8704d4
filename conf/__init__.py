"""YAML only: the table of contents of the program. Hydra finds it as ``pkg://conf``."""
