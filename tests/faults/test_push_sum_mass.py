"""Push-sum loses no mass that was not lost: only what the dead have, and what they have sent that has not arrived."""

import pytest
from experiments import experiment

from sim.cluster.blueprint import Blueprint
from sim.cluster.mortal import MortalCluster
from sim.connections.mixing.mortal import MortalNeighbours

WORDS = {
    "workers": 6,
    "problem": "quadratic dim=4 noise=0.5",
    "straggler": "exponential",
    "workload": "synthetic seconds=0.01 bytes=2e6",
    "until": "updates=200 seconds=3",
    "faults": "crash crash.rate_per_hour=7200 crash.repair_seconds=0.1",
}


@pytest.mark.parametrize("protocol", ["sgp", "sgp overlap=2"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_of_what_survivors_give_away_in_a_round_nothing_is_lost(protocol, seed, monkeypatch):
    """Every share of a survivor is mixed in by somebody, once: by the receiver, or again by itself."""
    given, mixed, taken = {}, {}, 0
    share, push_sum = MortalNeighbours.share, MortalNeighbours._push_sum

    def sharing(self, x, w=1.0, y=None):
        number = self.number + 1
        shares = self._mixings.at(number).columns[self._rank]
        given[self, number] = w, {self._everybody[rank]: part for rank, part in shares.items() if rank != self._rank}
        share(self, x, w, y)

    def mixing(self, messages):
        for each in messages:
            sender = self._everybody[each.sender] if each.sender != self._rank else self
            key = (sender, each.number)
            mixed.setdefault(key, []).append((self, each.shares[self._rank] * each.w))
        return push_sum(self, messages)

    monkeypatch.setattr(MortalNeighbours, "share", sharing)
    monkeypatch.setattr(MortalNeighbours, "_push_sum", mixing)
    cluster = MortalCluster(Blueprint(experiment(protocol, seed=seed, **WORDS)), seed)
    cluster.run()
    assert cluster.recorder.crashes > 0
    checked = 0
    for (side, number), (w, receivers) in given.items():
        parts = mixed.get((side, number), [])
        if side.gone or number > side.number - 5 or not parts:
            continue  # who has failed, or rounds that are not over
        by = {who for who, _ in parts}
        missing = w - sum(part for _, part in parts)
        took = w * sum(part for who, part in receivers.items() if who.gone and who not in by)
        assert missing == pytest.approx(0.0, abs=1e-12) or missing == pytest.approx(took)
        taken += missing > 1e-12  # a receiver has had it, and has failed before it was mixed
        checked += 1
    assert checked > 50
    assert taken < checked / 4
