"""A model of the real world is the clock alone, unless another problem is chosen, wherever that is done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from command import Command
from experiments import names
from hydra import compose, initialize_config_module

from sim.config.build import build, register
from sim.experiment import Experiment
from sim.option_name import option_name
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.none import NoProblem
from sim.workloads.resnet50 import ResNet50
from sim.workloads.synthetic import Synthetic
from sim.workloads.tabulated import Tabulated

EXPERIMENT = """\
# @package _global_
# paceline experiment=own: a model and a problem
defaults:
  - override /workload: resnet50
{}
"""


@pytest.fixture
def hydra() -> Iterator[None]:
    register()
    with initialize_config_module("conf", version_base="1.3"):
        yield


@pytest.mark.usefixtures("hydra")
@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["workload=resnet50"], "none"),
        (["workload=resnet50", "problem=digits_softmax"], "digits_softmax"),
        (["problem=digits_mlp", "workload=resnet50"], "digits_mlp"),
        (["workload=synthetic"], "digits_mlp"),
        ([], "digits_mlp"),
    ],
)
def test_the_problem_is_the_one_that_is_chosen_or_else_the_workload_s(words: list[str], problem: str) -> None:
    assert option_name(build(compose("config", words)).problem) == problem


@pytest.mark.usefixtures("hydra")
@pytest.mark.parametrize(
    ("line", "problem"), [("", "none"), ("  - override /problem: digits_softmax", "digits_softmax")]
)
def test_an_experiment_chooses_as_a_command_line_does(line: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "own.yaml").write_text(EXPERIMENT.format(line))
    words = [f"hydra.searchpath=[file://{tmp_path}]", "experiment=own"]
    assert option_name(build(compose("config", words)).problem) == problem


def test_in_python_it_is_the_same() -> None:
    assert Experiment(workload=ResNet50()).problem == NoProblem()
    assert Experiment(workload=ResNet50(), problem=DigitsMLP()).problem == DigitsMLP()
    assert Experiment(workload=Synthetic()).problem == DigitsMLP()


@pytest.mark.parametrize("name", [name for name in names("workload", Tabulated) if name != "file"])
def test_the_listing_has_the_totals_of_a_model(name: str, paceline: Command) -> None:
    from sim.command.workload import facts

    totals, forward, source = facts(name)
    assert "parameters" in totals
    assert "the largest " in totals
    assert "multiply-adds a sample, two FLOP each" in forward
    assert len(source) > len("source: ")


def test_list_workload_shows_them(paceline: Command) -> None:
    text = paceline("list", "workload").out.replace("\N{NO-BREAK SPACE}", " ")
    assert "138 357 544 parameters, 553 MB, in 32 tensors; the largest fc6.weight, 411 MB (74 %)" in text
    assert "forward 15.470 G multiply-adds a sample, two FLOP each: 30.94 GFLOP" in text


def test_a_workload_is_shown_and_drawn_along_its_backward_pass(paceline: Command, tmp_path: Path) -> None:
    picture = tmp_path / "vgg16.png"
    status, out, err = paceline("list", "workload=vgg16", "--picture", str(picture))
    assert (status, err) == (0, "")
    assert picture.read_bytes().startswith(b"\x89PNG")
    lines = out.splitlines()
    (hot,) = [line for line in lines if "411 MB" in line and "fc6.weight" in line and "█" in line]
    assert hot.endswith("34 %")  # it is ready when the forward pass and a per cent of the backward pass are over
    assert lines[-2].endswith("100 %")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["workload=native"],
            "workload=native: has no tensors of its own; paceline list workload shows those that have",
        ),
        (["protocol=ssp"], "list: only workload= and its keys, as in paceline list workload=vgg16 --picture vgg16.png"),
        (
            ["workload=vgg16", "--picture"],
            "list: give a file behind --picture, as in paceline list workload=vgg16 --picture vgg16.png",
        ),
        (["workload=bert_base", "workload.tokens=900"], "workload.tokens: must be at least 1 and at most 512, got 900"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_one_line(words: list[str], said: str, paceline: Command) -> None:
    assert paceline("list", *words) == (2, "", f"paceline: error: {said}\n")


@pytest.mark.slow
def test_a_run_of_a_model_shows_no_accuracy(paceline: Command) -> None:
    status, out, err = paceline("workload=resnet18", "protocol=allreduce", "workers=2", "until.updates=2")
    assert (status, err) == (0, "")
    assert "accuracy" not in out
    assert "loss" not in out
