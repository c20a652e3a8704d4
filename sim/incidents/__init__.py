"""What happens to a cluster, and when: the laws by which things fail."""
