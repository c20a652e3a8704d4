"""What a config that cannot be used raises."""


class ConfigError(Exception):
    """A user's mistake: one line that names the key, the value and the remedy."""
