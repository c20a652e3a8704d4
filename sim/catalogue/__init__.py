"""What is known of devices and machines: tables of figures, each with its unit, its source, its date and its kind.

The tables are data: ``devices.csv``, ``throughputs.csv`` and ``machines.csv`` in this folder, and whatever file of the
same columns a user adds to them. A figure that is not there is not known.
"""
