"""All workers in collectives."""
