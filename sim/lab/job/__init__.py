"""The experiment as real processes: one for every worker and every shard of a server, over plain sockets.

The protocol runs as it is, on SimPy's events and on the simulator's own workers, shards and neighbours; what is
replaced is the clock, which is the wall's, and the wires, which are TCP connections.
"""
