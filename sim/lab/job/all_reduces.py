"""A program for each rank of a measurement: how long gloo's all-reduces take where nobody computes.

``RANK RANKS ADDRESS MEETING COUNT...`` joins the group that meets by a file, all-reduces as many float32 as each count
says, again and again, and prints the median duration of each (s) as one line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from statistics import median

from sim.lab.job.gloo import join_group

#: All-reduces of each size, and how many of them go first and do not count: connections find their rate in these.
REPEATED, FIRST = 12, 3


def main(words: list[str]) -> None:
    """Be the rank that the words say."""
    import torch
    import torch.distributed as dist

    rank, ranks, address, meeting, *counts = words
    join_group(int(rank), int(ranks), address, Path(meeting))
    medians = []
    for count in counts:
        numbers, taken = torch.zeros(int(count)), []
        for _ in range(REPEATED):
            began = time.perf_counter()
            dist.all_reduce(numbers)
            taken.append(time.perf_counter() - began)
        medians.append(median(taken[FIRST:]))
    print(json.dumps(medians), flush=True)
    dist.barrier()
    os._exit(0)  # PyTorch's own ending waits for ranks that are gone


if __name__ == "__main__":
    main(sys.argv[1:])
