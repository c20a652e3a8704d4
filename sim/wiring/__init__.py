"""How the parts of a cluster are connected: one module for each kind of connection that protocols use."""
