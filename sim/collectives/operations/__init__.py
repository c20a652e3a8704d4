"""What collective operations are written with, and the limits that none can beat."""
