"""The command line: what stands between a shell and `sim.simulate.simulate`.

Nothing is imported here: `paceline --help` must not wait for what only a simulation needs.
"""
