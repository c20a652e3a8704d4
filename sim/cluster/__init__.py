"""A cluster: what it will be, and how it is put together for one seed."""
