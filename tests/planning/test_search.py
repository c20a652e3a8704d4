"""Candidates of a space too large to list, which Optuna chooses."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from experiments import experiment

from sim.catalogue.catalogue import built_in
from sim.command.plan import main
from sim.config.error import ConfigError
from sim.config.space import Span, Values
from sim.experiment import Experiment
from sim.planning.asked import is_own, read_asked
from sim.planning.candidate import Candidate
from sim.planning.candidates import candidates_of
from sim.planning.choice import Choice, choose, cost_of
from sim.planning.families import Families
from sim.planning.knowledge import Knowledge
from sim.planning.samples import Samples
from sim.planning.search import Search
from sim.planning.settings import Settings

pytestmark = pytest.mark.slow

#: Of 2 x 6 x 7 x 2 x 2 candidates 336, of which the cheapest that is sure of it has one of the machines.
SPACE = (
    "workload=resnet50 goal.samples=2e7 goal.minutes=30 machines=p4d,p3dn count=1..32 batch=16,32,64,96,128,192,256 "
    "network.bandwidth_gbps=50,100 workload.precision=amp,fp32"
)


class Made:
    """Runs without Hydra: lists are split at commas, and intervals are those of whole numbers."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = dict(word.split("=", 1) for word in words)
        self.spaces: list[Values | Span] = []
        for key, value in self._words.items():
            interval = re.fullmatch(r"interval\((.*),(.*)\)", value)
            if interval:
                low, high = map(float, interval.groups())
                self.spaces.append(Span(key, low, high, log=False, whole=key == "batch"))
            elif "," in value:
                self.spaces.append(Values(key, tuple(f"{key}={each}" for each in value.split(","))))

    def run(self, chosen: Sequence[str]) -> Experiment:
        parts: dict[str, str] = {}
        whole: dict[str, int] = {}
        words = self._words | dict(word.split("=", 1) for word in chosen)
        for key, value in sorted(words.items(), key=lambda word: "." in word[0]):  # an option before its keys
            root, _, name = key.partition(".")
            if root in ("batch", "workers", "seed"):
                whole[root] = int(value)
            else:
                parts[root] = f"{parts.get(root, root)} {name}={value}" if name else value
        return experiment(parts.pop("protocol"), **parts, **whole)


def families(words: str) -> Families:
    own, others = (" ".join(w for w in words.split() if is_own(w) == each) for each in (True, False))
    asked = read_asked(own.split())
    return Families(replace(asked, words=tuple(others.split())), built_in(), Made)


def settings(every: Families) -> Settings:
    asked = every.asked
    return Settings(Knowledge(), Samples(asked.goal, "resnet50", None), asked.feed, 50, asked.flows)


def listed(words: str) -> Choice:
    every = families(words)
    return choose([*candidates_of(every.asked, every.listed(), settings(every))], every.asked.goal)


def searched(words: str, trials: int, seed: int = 0) -> tuple[list[Candidate], str]:
    pytest.importorskip("optuna", reason="pip install 'paceline[optuna]'")
    every = families(words)
    search = Search(every, trials, seed)
    return [*search.candidates(settings(every))], search.said


def test_all_are_counted_and_listed() -> None:
    every = families(SPACE)
    assert every.size == 2 * 6 * 7 * 2 * 2
    assert len(every.listed()) * len(every.asked.counts) == every.size
    # machines that have been measured with several batches and precisions have as many families
    assert families("workload=resnet50 goal.samples=1e7 machines=p4d count=1,2").size == 2 * sum(
        (row.name, row.workload) == ("a100", "resnet50") for row in built_in().throughputs()
    )
    sites = "workload=resnet50 goal.utilisation=0.9 machines=p4d protocol=diloco sites=2 link.gbps=1,10 count=1,2"
    every = families(f"{sites} batch=64")
    found = [*candidates_of(every.asked, every.listed(), settings(every))]
    assert every.size == len(found) == 2 * 2 * 11
    every = families(f"{sites} batch=64,128 protocol.period=8")
    assert every.size == len([*candidates_of(every.asked, every.listed(), settings(every))]) == 2 * 2 * 2
    assert families(f"{sites} batch=interval(16,31)").size == 2 * 2 * 11 * 16
    assert families(f"{sites} network.bandwidth_gbps=interval(10,400)").size is None


@pytest.mark.parametrize("seed", range(2))
def test_a_third_of_the_candidates_find_the_best(seed: int) -> None:
    best = listed(SPACE).best
    assert best is not None
    found, said = searched(SPACE, 336 // 3, seed)
    chosen = choose(found, found[0].goal)
    assert chosen.meets
    assert chosen.best is not None
    assert cost_of(chosen.best) <= 1.05 * cost_of(best)
    assert said == f"112 of 336 candidates were looked at, chosen by Optuna (TPE, seed {seed})"
    names = [(str(each), each.count) for each in found]
    assert len({*names}) == len(names) == 112  # none is looked at twice


def test_the_same_seed_looks_at_the_same_candidates() -> None:
    first = [str(each) for each in searched(SPACE, 40)[0]]
    assert [str(each) for each in searched(SPACE, 40)[0]] == first
    assert [str(each) for each in searched(SPACE, 40, 1)[0]] != first


def test_what_is_looked_at_is_as_it_is_in_the_list() -> None:
    figures = {str(each): (each.middle(each.minutes), each.refused) for each in listed(SPACE).ordered}
    for each in searched(SPACE, 40)[0]:
        assert figures[str(each)] == (each.middle(each.minutes), each.refused)


def test_almost_all_of_a_small_space_are_found() -> None:
    words = "workload=resnet50 goal.samples=1e7 goal.cost=90 machines=p4d count=1..4 batch=32,64,128,2048"
    found, said = searched(words, 11)
    assert len({str(each) for each in found}) == 11
    assert said.startswith("11 of 12 candidates")
    # what does not fit is looked at, too, and has no time
    assert {each.pace is None for each in found if each.family.batch == 2048} == {True}


def test_no_more_candidates_than_are_wanted_are_all_looked_at() -> None:
    every = families("workload=resnet50 goal.samples=1e7 machines=p4d count=1,2 batch=32,64")
    search = Search(every, 4)  # which needs no Optuna
    assert len([*search.candidates(settings(every))]) == 4
    assert search.said == "all of 4 candidates were looked at, not more than --trials 4"


def test_intervals_are_searched_between_their_ends() -> None:
    words = "workload=resnet50 goal.samples=2e7 machines=p4d count=1..8 network.bandwidth_gbps=interval(10,400)"
    found, said = searched(f"{words} batch=interval(16,128)", 20)
    assert said == "20 of more candidates than can be listed were looked at, chosen by Optuna (TPE, seed 0)"
    assert all(16 <= each.family.batch <= 128 for each in found)
    assert all(10.0 <= each.family.experiment.network.bandwidth_gbps <= 400.0 for each in found)
    assert len({each.family.batch for each in found}) > 5
    with pytest.raises(ValueError, match=r"batch: is between 16 and 128, which nobody can list; .*--trials 200"):
        families(f"{words.replace('interval(10,400)', '100')} batch=interval(16,128)").listed()


def test_links_and_rounds_of_sites_are_searched() -> None:
    words = "workload=resnet50 goal.utilisation=0.8 machines=p4d protocol=diloco sites=2 link.gbps=0.5,1,10 count=1..16"
    best = listed(f"{words} batch=64,128").best
    found, said = searched(f"{words} batch=64,128", 110)
    assert said.startswith("110 of 330 candidates")
    assert all(len(each.round) == 2 for each in found)
    chosen = choose(found, found[0].goal)
    assert chosen.meets
    assert best is not None
    assert chosen.best is not None
    assert chosen.best.round[0] == best.round[0]
    assert math.log2(chosen.best.round[1] / best.round[1]) <= 1.0
    with pytest.raises(ValueError, match="sites: protocol=allreduce does not step in rounds"):
        searched(f"{words} batch=64,128".replace("diloco", "allreduce"), 10)


def test_what_has_to_be_simulated_is_not_searched() -> None:
    with pytest.raises(ValueError, match=r"^--trials: protocol=ssp is simulated, which takes seconds a candidate"):
        searched(f"{SPACE} protocol=ssp", 10)


def test_without_optuna_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)  # as where it is not installed
    with pytest.raises(ConfigError, match=r"--trials: optuna is not installed; pip install 'paceline\[optuna\]'"):
        Search(families(SPACE), 10)


def test_what_is_too_large_to_list_names_the_way_out() -> None:
    words = [word.replace("count=1..32", f"count={','.join(map(str, range(1, 80)))}") for word in SPACE.split()]
    with pytest.raises(ConfigError) as error:
        main(words)
    assert str(error.value) == (
        "count: 4424 candidates are more than the 2000 that are listed; give fewer, or --trials 200 for Optuna to "
        "choose some (pip install 'paceline[optuna]')"
    )
    with pytest.raises(ConfigError, match=r"^--trials: 601 are more than the 600 that take Optuna minutes; give"):
        main([*words, "--trials", "601"])


def test_a_search_as_a_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("optuna", reason="pip install 'paceline[optuna]'")
    words = (*SPACE.replace("batch=16,32,64,96,128,192,256", "batch=interval(16,256)").split(), "--draws", "50")
    for name in ("one", "two"):
        assert main([*words, "--trials", "12", f"plan.folder={tmp_path / name}"]) == 0
        note = "note: 12 of 11 568 candidates were looked at, chosen by Optuna (TPE, seed 0)"
        assert note in capsys.readouterr().out.splitlines()
    with pytest.raises(ConfigError, match=r"^hydra/sweeper: optuna is of the files of a run"):
        main([*words, "hydra/sweeper=optuna"])
    one, two = (json.loads((tmp_path / name / "plan.json").read_text()) for name in ("one", "two"))
    assert one["candidates"] == two["candidates"]
    assert len(one["candidates"]) == 12
    assert one["notes"][0] in (tmp_path / "one" / "plan.html").read_text()
