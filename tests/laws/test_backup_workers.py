"""Chen et al. 2016: synchronous SGD that does not wait for the slowest."""

import pytest
from experiments import cluster_of
from on_the_clock import harmonic, on_the_clock, seconds_of_an_update

from sim.protocols.families.late import Late

WORKERS = 10


@pytest.mark.slow
@pytest.mark.parametrize("backups", [1, 2, 5])
def test_an_update_takes_the_nth_order_statistic(backups):
    # E X_{N:N+b} of exponentials = H_{N+b} - H_b; 4000 updates have a standard error below 0.4 / sqrt(4000) = 0.6 %.
    expected = harmonic(WORKERS) - harmonic(backups)
    assert seconds_of_an_update(f"backup_sync backups={backups}", WORKERS, 4000) == pytest.approx(expected, rel=0.02)


def test_who_finishes_what_is_dropped_is_late_again():
    # Two workers, one backup: every step begins with one worker at the new model and one that is late. After 1/2 s on
    # average either the first makes the update (1/2), or the late one is done and begins too (1/2), and the two take
    # 1/2 s more. Interrupted, both would begin at once: 1/2 s.
    assert seconds_of_an_update("backup_sync backups=1 late=finish", 2, 8000) == pytest.approx(
        1 / 2 + 1 / 2 * 1 / 2, rel=0.02
    )


@pytest.mark.parametrize("late", list(Late))
def test_an_update_is_of_the_gradients_of_its_own_step(late):
    result = on_the_clock(f"backup_sync backups=3 late={late.name}", WORKERS, 500, network="single_switch")
    assert result.staleness == {0: 7 * 500}


def test_gradients_that_were_finished_late_are_counted_and_dropped():
    # Worker 0 takes 3.5 s and is always late; the other two make an update each second.
    fields = {"straggler": "slow_node factor=3.5"}
    finished = on_the_clock("backup_sync backups=1 late=finish", 3, 9, **fields).summary
    abandoned = on_the_clock("backup_sync backups=1", 3, 9, **fields).summary
    assert (finished.virtual_seconds, finished.gradients) == (9.0, 18 + 2)
    assert (abandoned.virtual_seconds, abandoned.gradients) == (9.0, 18)


@pytest.mark.slow
@pytest.mark.parametrize("late", list(Late))
def test_heavy_tails_have_a_best_number_of_backups_between_none_and_many(late):
    # Gradients used per second: N / E X_{N:N+b}.
    law = {"straggler": "pareto shape=1.3"}
    rates = [
        (WORKERS - backups)
        / seconds_of_an_update(f"backup_sync backups={backups} late={late.name}", WORKERS, 1000, **law)
        for backups in (0, 5, 9)
    ]
    assert max(rates) == rates[1]


def test_equal_workers_need_no_backups():
    rates = [
        (WORKERS - backups) / seconds_of_an_update(f"backup_sync backups={backups}", WORKERS, 20, straggler="none")
        for backups in (0, 1, 2)
    ]
    assert max(rates) == rates[0]


def test_somebody_is_waited_for():
    with pytest.raises(ValueError, match=r"^protocol\.backups: must be at most 3, got 4; an update needs one worker"):
        cluster_of("backup_sync backups=4", workers=4)
