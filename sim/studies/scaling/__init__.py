"""What the study how_to_scale consists of, a file for each kind of claim."""
