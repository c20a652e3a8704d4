"""docs/step_time.md: its example prints what it shows, and its table of caps is what options have."""

from __future__ import annotations

import re

import pytest
from experiments import option
from readme import ROOT

PAGE = (ROOT / "docs" / "step_time.md").read_text()


def test_the_example_prints_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    code, shown = re.findall(r"^```(?:python)?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    exec(code, {})
    assert capsys.readouterr().out == shown


def test_caps_that_options_have_are_those_of_the_table() -> None:
    (cap,) = re.findall(r"`transport=ena` \| ([\d.]+) \| fitted", PAGE)
    assert option("transport", "ena").nic_cap_gbps == float(cap)
    assert all(option("transport", name).nic_cap_gbps is None for name in ("ideal", "tcp", "rdma", "grpc"))
