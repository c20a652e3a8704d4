"""The comparison: what a planner would measure of the wires, the prediction from that, and both side by side.

The prediction is on disk before the job begins, and nothing in it is fitted to the job.
"""
