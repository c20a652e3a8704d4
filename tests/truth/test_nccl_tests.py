"""Output of nccl-tests: text of any version by the line that names its columns, and JSON."""

import json
from pathlib import Path

import pytest

from sim.truth.nccl_tests import read_nccl_tests
from sim.truth.timing import Timing

#: 2.17 and later: versions, the program, and devices by their full addresses.
NEW = """\
# nccl-tests version 2.17.8 nccl-headers=22902 nccl-library=22902
# Collective test starting: all_gather_perf
# nThread 1 nGpus 1 minBytes 1048576 maxBytes 2097152 step: 2(factor) warmup iters: 1 iters: 20 agg iters: 1
#
# Using devices
#  Rank  0 Group  0 Pid     11 on      node1 device  0 [0000:19:00] NVIDIA H100 80GB HBM3
#  Rank  1 Group  0 Pid     12 on      node1 device  1 [0000:3b:00] NVIDIA H100 80GB HBM3
#  Rank  2 Group  0 Pid     13 on      node2 device  0 [0000:19:00] NVIDIA H100 80GB HBM3
#  Rank  3 Group  0 Pid     14 on      node2 device  1 [0000:3b:00] NVIDIA H100 80GB HBM3
#
#                                                              out-of-place                       in-place
#       size         count      type   redop    root     time   algbw   busbw  #wrong     time   algbw   busbw  #wrong
#        (B)    (elements)                               (us)  (GB/s)  (GB/s)             (us)  (GB/s)  (GB/s)
           0             0     float    none      -1     5.1    0.00    0.00       0      5.0    0.00    0.00       0
     1048576         65536     float    none      -1    61.22   17.13   12.85       0    60.11   17.44   13.08       0
node1:11:19 [0] NCCL INFO Launch mode Parallel
     2097152        131072     float    none      -1    80.00   26.21   19.66       0    81.00   25.89   19.42     N/A
# Out of bounds values : 0 OK
"""
#: 2.0 to 2.12: no roots, errors in place of wrong results; as Open MPI marks lines.
_LINES = """\
# nThread 1 nGpus 2 minBytes 33554432 maxBytes 67108864 step: 2(factor) warmup iters: 5 iters: 20
# Using devices
#   Rank  0 Pid    195 on       here device  0 [0x00] Tesla K80
#   Rank  1 Pid    195 on       here device  1 [0x00] Tesla K80
#                                                       out-of-place                       in-place
#       size         count      type   redop     time   algbw   busbw  error     time   algbw   busbw  error
#        (B)    (elements)                       (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)
    33554432       8388608     float     sum    19902    1.69    1.69  2e-07    19898    1.69    1.69  2e-07
    67108864      16777216     float     sum    39770    1.69    1.69    N/A    39763    1.69    1.69  2e-07
"""
OLD = "".join(f"[1,0]<stdout>:{line}\n" for line in _LINES.splitlines())
#: What 2.17.x writes by -J (src/util.cu, writers of the file's version 2).
WRITTEN = {
    "version": 2,
    "args": ["./build/reduce_scatter_perf", "-J", "out.json"],
    "nccl_version": 22902,
    "config": {
        "nthreads": 1,
        "ngpus": 1,
        "devices": [{"rank": rank, "hostname": "a", "device": rank, "device_info": "NVIDIA H100"} for rank in range(2)],
    },
    "results": [
        {
            "size": 1024,
            "count": 128,
            "type": "float",
            "redop": "sum",
            "root": "    -1",
            "out_of_place": {"time": 20.5, "alg_bw": 0.05, "bus_bw": 0.025, "nwrong": 0.0},
            "in_place": {"time": 21.5, "alg_bw": 0.05, "bus_bw": 0.025, "nwrong": None},
        },
        {"size": 2048, "count": 256, "out_of_place": None, "in_place": {"time": 22.5, "nwrong": None}},
    ],
}


def written(tmp_path: Path, text: object, name: str = "log.txt") -> Path:
    path = tmp_path / name
    path.write_text(text if isinstance(text, str) else json.dumps(text))
    return path


def test_the_columns_are_those_that_the_header_names(tmp_path: Path) -> None:
    found = read_nccl_tests(written(tmp_path, NEW))
    assert found.device == "NVIDIA H100 80GB HBM3"
    assert found.timings == (
        Timing("all_gather", 1048576.0, 4, 2, pytest.approx(61.22e-6)),
        Timing("all_gather", 2097152.0, 4, 2, pytest.approx(80e-6)),
    )


def test_an_old_log_of_several_processes(tmp_path: Path) -> None:
    # Nobody says which program it was: 1.69 / 1.69 is 2 (n - 1) / n for n = 2, that of an all-reduce.
    found = read_nccl_tests(written(tmp_path, OLD))
    assert found.timings[0] == Timing("all_reduce", 33554432.0, 2, 1, pytest.approx(0.019902))
    assert len(found.timings) == 2


def test_several_programs_one_after_the_other(tmp_path: Path) -> None:
    other = NEW.replace("all_gather", "all_reduce").replace("Rank  3", "Rank  2")
    found = read_nccl_tests(
        written(tmp_path, NEW + NEW.replace("61.22", "63.22") + NEW.replace("all_gather", "sendrecv"))
    )
    assert [timing.operation for timing in found.timings] == ["all_gather"] * 2 + ["sendrecv"] * 2
    assert found.timings[0].seconds == pytest.approx(62.22e-6)  # the median of two
    with pytest.raises(ValueError, match="3 ranks are not equally many on each of 2 nodes"):
        read_nccl_tests(written(tmp_path, other))


def test_what_is_written_as_json(tmp_path: Path) -> None:
    found = read_nccl_tests(written(tmp_path, WRITTEN, "out.json"))
    assert found.device == "NVIDIA H100"
    assert found.timings == (
        Timing("reduce_scatter", 1024.0, 2, 1, pytest.approx(20.5e-6)),
        Timing("reduce_scatter", 2048.0, 2, 1, pytest.approx(22.5e-6)),
    )


def test_ranks_and_nodes_may_be_given(tmp_path: Path) -> None:
    bare = "\n".join(line for line in NEW.splitlines() if " Rank " not in line)
    assert read_nccl_tests(written(tmp_path, bare), ranks=16, nodes=4).timings[0][2:4] == (16, 4)
    with pytest.raises(ValueError, match="line 11: no line names the devices of ranks; say how many"):
        read_nccl_tests(written(tmp_path, bare))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nothing of the kind", "has no times of nccl-tests; give the output of a program"),
        ("{", "is no JSON"),
        ("{}", "has no results; give the output"),
        (NEW.replace("12.85       0", "12.85       3"), "line 15: #wrong: 3 results are wrong"),
        (NEW.replace(" time ", " cputime "), "line 12: has the time in which operations were issued"),
        (NEW.replace("61.22", "fast"), "line 15: expected a number, got 'fast'"),
        (OLD.replace("1.69", "1.30").replace("1.30    1.30", "1.30    1.20"), "nothing says which operation it is"),
        ({**WRITTEN, "results": [{"size": -1, "in_place": {"time": 1}}]}, "result 1: size: expected a number"),
        ({**WRITTEN, "results": [{"size": 8, "in_place": {"cpu_time": 1}}]}, "in_place: cpu_time: expected time"),
        ({**WRITTEN, "results": [{"size": 8, "in_place": {"time": 1, "nwrong": 2.0}}]}, "2.0 results are wrong"),
        ({**WRITTEN, "config": {"devices": [{"rank": "x"}]}}, "device 1: rank: expected the number of a rank"),
    ],
)
def test_what_is_none_is_refused_in_one_line(text: object, said: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=said) as refusal:
        read_nccl_tests(written(tmp_path, text))
    assert "\n" not in str(refusal.value)
