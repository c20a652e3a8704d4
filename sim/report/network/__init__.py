"""The network of a run as a picture: laid out by its structure alone, its links coloured by their utilisation."""
