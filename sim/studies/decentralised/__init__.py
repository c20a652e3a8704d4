"""What the study of decentralised SGD consists of, a file for each kind of claim."""
