"""What a figure stands on: its grade."""

from __future__ import annotations

#: By the planner's own people, on these machines; learned from their measurements of others of these machines; from
#: what has been published of such machines; beyond what has been seen anywhere; said by the planner.
MEASURED = "measured here"
CALIBRATED = "calibrated on this cluster"
CLASS_PRIOR = "class prior"
EXTRAPOLATED = "extrapolated beyond the table"
GIVEN = "given"
#: The letter that stands for each in a table, the best first; and what a candidate's figures stand on, in this order.
LETTERS = {GIVEN: "G", MEASURED: "M", CALIBRATED: "C", CLASS_PRIOR: "P", EXTRAPOLATED: "E"}
OF = ("computing", "network", "samples")
