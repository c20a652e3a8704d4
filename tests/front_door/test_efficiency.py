"""`paceline efficiency`: what it prints, as a table and as JSON, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import Command

pytestmark = pytest.mark.slow

QUICK = ("problem=quadratic", "workers=4", "batch=8", "until.target_loss=0.5", "until.updates=2000")


def test_the_three_factors_multiply(paceline: Command) -> None:
    status, out, _ = paceline("efficiency", *QUICK, "protocol=hardsync,async_ps", "--noise-scale", "96", "--json")
    assert status == 0
    rows = {row["asked"]: row for row in json.loads(out)["rows"]}
    assert {*rows} == {"protocol=hardsync", "protocol=async_ps"}
    for row in rows.values():
        shares = [row[factor]["efficiency"] for factor in ("hardware", "statistics", "protocol")]
        assert row["efficiency"] == pytest.approx(shares[0] * shares[1] * shares[2])
        assert shares[1] == pytest.approx(0.75)  # 1 / (1 + 32 / 96)
        seconds, rate = row["seconds_to_target"]["middle"], row["hardware"]["samples_per_second"]
        assert seconds == pytest.approx(row["samples_to_target"]["middle"] / rate)
    synchronous = rows["protocol=hardsync"]["protocol"]
    assert synchronous["penalty"] == {"ratio": 1.0, "low80": 1.0, "high80": 1.0, "seeds": 8, "reached": 8}
    assert synchronous["against_itself"]["low80"] <= 1.0 <= synchronous["against_itself"]["high80"] * 1.5


def test_a_table_says_what_samples_it_takes(paceline: Command, tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    # E0 = 1e6 and Bc = 64: at a batch of 32 it takes 1.5e6.
    file.write_text("batch,samples,results\n" + "".join(f"{b},{1e6 * (1 + b / 64)},9\n" for b in (8, 16, 32, 64, 128)))
    line = ("efficiency", *QUICK, "protocol=allreduce", "--table", str(file), "--seeds", "2", "--tuning", "0", "--json")
    (row,) = json.loads(paceline(*line).out)["rows"]
    assert row["statistics"]["source"] == "table"
    assert row["statistics"]["samples_to_target"]["middle"] == pytest.approx(1.5e6, rel=0.03)
    assert row["samples_to_target"]["middle"] == pytest.approx(row["statistics"]["samples_to_target"]["middle"])


def test_people_get_a_table(paceline: Command) -> None:
    out = paceline("efficiency", *QUICK, "protocol=local_sgd", "--seeds", "4", "--tuning", "0").out
    assert "hardware x statistics x protocol = together" in out
    assert "the noise scale of hardsync's gradients" in out
    assert "(A/A)" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("until.updates=5",), "until.target_accuracy: a race needs a target; give one, such as"),
        (
            (*QUICK, "--noise-scale", "0"),
            "efficiency: argument --noise-scale: must be a number of samples, above 0, got 0",
        ),
        ((*QUICK, "--noise-scale", "8", "--table", "t.csv"), "--noise-scale: a table says the critical batch, too"),
        ((*QUICK, "--table", "none.csv"), "none.csv: No such file or directory"),
        ((*QUICK, "--resume"), "efficiency: neither shows a config nor goes on with a sweep"),
        ((*QUICK, "-c", "job"), "argument --multirun/-m: not allowed with argument --cfg/-c"),
        ((*QUICK, "--frobnicate"), "--frobnicate: no such flag"),
        ((*QUICK, "until.seconds=1"), "until.seconds=1: ends runs by the clock"),
    ],
)
def test_what_it_cannot_do_is_refused(paceline: Command, words: tuple[str, ...], said: str) -> None:
    status, out, err = paceline("efficiency", *words)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
