"""A log of nccl-tests is told by what is in it, wherever and by whatever name it is given."""

from pathlib import Path

import pytest
from experiments import experiment

from sim.cluster.blueprint import Blueprint
from sim.command.replay import main as replay

LOG = """\
# nThread 1 nGpus 8 minBytes 8 maxBytes 134217728 step: 2(factor) warmup iters: 5 iters: 20 agg iters: 1
#
#                                                              out-of-place                       in-place
#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong
#        (B)    (elements)                               (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)
     1048576        262144     float     sum      -1    61.22   17.13   29.97      0    60.11   17.44   30.53      0
"""
SAID = "is a log of nccl-tests, which has the times of collectives by their bytes, and nothing else"


@pytest.fixture(params=["log", "txt", "csv", "json", "gml", "xml"])
def log(request, tmp_path):
    path: Path = tmp_path / f"all_reduce_perf.{request.param}"
    path.write_text(LOG)
    return path


@pytest.mark.parametrize(
    "words",
    [
        {"straggler": "trace file={}"},
        {"network": "file path={}"},
        {"protocol": "dpsgd", "topology": "file path={}"},
        {"placement": "file path={}"},
    ],
    ids=lambda words: [*words][-1],
)
def test_a_config_says_what_the_file_is(words, log):
    given = {"protocol": "hardsync", "workers": 4} | {key: value.format(log) for key, value in words.items()}
    with pytest.raises(ValueError, match=SAID):
        Blueprint(experiment(given.pop("protocol"), **given))


def test_replay_says_what_the_file_is(log, capsys):
    assert replay([str(log)]) == 2
    assert SAID in capsys.readouterr().err


def test_report_says_what_the_file_is(log, capsys):
    from sim.report.command import main as report

    assert report([str(log)]) == 2
    assert SAID in capsys.readouterr().err
