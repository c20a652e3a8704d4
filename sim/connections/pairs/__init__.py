"""Single others, met whenever a worker likes."""
