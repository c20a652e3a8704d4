"""The number of the physics: raised by hand where what a run computes changes in a single byte.

It is part of every run's question, so that a sweep which goes on after an update does not mix two physics in a folder.
"""

#: The number itself.
PHYSICS = 4
