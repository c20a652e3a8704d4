"""The lab: an experiment as real processes over an emulated network, beside its prediction."""
