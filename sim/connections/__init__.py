"""What a worker reaches others by: a folder for each kind of connection, with its own wiring."""
