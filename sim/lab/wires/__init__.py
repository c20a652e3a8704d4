"""The wires: the network of a config as network namespaces of Linux.

Every host is a namespace, every switch a bridge in one of its own, every link a pair of virtual cards with a token
bucket at both ends. All of it exists only as long as processes do: namespaces have no names, and whoever holds them
runs in a process namespace that ends with its first process (`sim.lab.wires.apart`). Nothing is left after a crash.
"""
