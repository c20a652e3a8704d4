"""What is said of faults for nothing is told; a group of whom nobody survives goes on from its checkpoint."""

import pytest
from experiments import experiment, simulated

from sim.cluster.blueprint import Blueprint
from sim.results.idle_faults import idle_faults

WORDS = {"workers": 2, "problem": "quadratic", "workload": "synthetic seconds=0.1 bytes=1e4", "until": "updates=40"}


@pytest.mark.parametrize(
    ("protocol", "faults", "checkpoint", "said"),
    [
        ("hardsync", "none crash.repair_seconds=3", "", "faults.crash.repair_seconds"),
        ("allreduce", "crash crash.switch_seconds=3", "", "faults.crash.switch_seconds"),
        ("async_ps", "crash recover=checkpoint", "", "faults.recover=checkpoint"),
        ("async_ps", "crash detection_seconds=1", "", "faults.detection_seconds"),
        ("allreduce", "crash", "write_seconds=1", "checkpoint.write_seconds"),
        ("allreduce", "none", "every_seconds=young_daly", "checkpoint.every_seconds=young_daly"),
        ("async_ps", "crash", "every_updates=5", "checkpoint"),
    ],
)
def test_it_is_told(protocol, faults, checkpoint, said):
    asked = experiment(protocol, faults=faults, checkpoint=checkpoint, **WORDS)
    assert [what for what, _ in idle_faults(Blueprint(asked))] == [said]


@pytest.mark.parametrize("protocol", ["allreduce", "hardsync", "dpsgd"])
def test_nothing_is_told_where_all_has_an_effect(protocol):
    asked = experiment(protocol, faults="crash crash.repair_seconds=3", **WORDS)
    assert [*idle_faults(Blueprint(asked))] == []


@pytest.mark.parametrize(("checkpoint", "lost"), [("every_updates=5 write_seconds=0.001", 5), ("", 40)])
def test_a_group_of_whom_nobody_survives_goes_on_from_its_checkpoint(tmp_path, checkpoint, lost):
    path = tmp_path / "both.csv"
    path.write_text("at,what,who,seconds\n2,crash,0,0.5\n2,crash,1,0.5\n")
    result = simulated(
        "allreduce", faults=f"file file.path={path} detection_seconds=0.01", checkpoint=checkpoint, **WORDS
    )
    assert result.summary.status == "completed"
    assert result.summary.updates == 40
    assert 0 < result.summary.lost_updates <= lost
    assert checkpoint or result.summary.lost_updates > 10
