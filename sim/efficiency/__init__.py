"""How many samples it takes to learn: by the batch, by the noise of gradients, by the protocol."""
