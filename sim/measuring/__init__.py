"""What is measured while a cluster runs."""
