"""What runs apart ends with its warden, and nothing of it is left: no process, no namespace, no link."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import random
import signal
import subprocess
import sys
import termios
import time

import pytest
from apart_runs import PATIENCE, Run, namespaces_in_use, running, wiring

from sim.lab.wires.apart import is_apart
from sim.lab.wires.available import available

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _where_wires_can_be_laid() -> None:
    missing = available()
    if missing is not None:
        pytest.skip(f"no wires here: {missing}")


HOLDING = wiring("hold", "leaf_spine hosts_per_leaf=2 spines=2 bandwidth_gbps=0.05", "4")


def python(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def links() -> list[str]:
    return sorted(os.listdir("/sys/class/net"))


def held(run: Run) -> set[int]:
    """The namespaces of a program that holds wires; waits until it does."""
    assert json.loads(run.line()) == "begun"
    found = {*json.loads(run.line())}
    assert found <= namespaces_in_use()
    return found


@pytest.mark.parametrize(("text", "status"), [("", 0), ("import sys; sys.exit(7)", 7), ("1 / 0", 1)])
def test_a_command_apart_ends_with_its_own_status(text: str, status: int) -> None:
    with running(python(text), stderr=subprocess.DEVNULL) as run:
        assert run.warden.wait(PATIENCE) == status


def test_a_command_apart_knows_it_and_nobody_else_does() -> None:
    text = "from sim.lab.wires.apart import is_apart; print(is_apart())"
    with running(python(text)) as run:
        assert run.line() == "True\n"
    assert not is_apart()


def test_a_command_that_starts_again_is_apart_with_the_same_words() -> None:
    begin = "import sys; from sim.lab.wires.apart import is_apart, start_again"
    with running([*python(f"{begin}; is_apart() or start_again(); print(sys.argv)"), "a", "b c"]) as run:
        assert run.line() == "['-c', 'a', 'b c']\n"


def test_a_command_that_is_not_there_is_said() -> None:
    with running(["/no/such"], stderr=subprocess.PIPE) as run:
        assert run.warden.communicate()[1] == "paceline: /no/such: No such file or directory\n"
        assert run.warden.returncode == 126


def test_what_the_command_leaves_behind_ends_with_it() -> None:
    with running(python("import subprocess; subprocess.Popen(['sleep', '600'])")) as run:
        assert run.warden.wait(PATIENCE) == 0
        assert run.is_gone()


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_left_after_anybody_was_killed_at_random(seed: int) -> None:
    before, draw = links(), random.Random(seed)
    with running(HOLDING) as run:
        assert json.loads(run.line()) == "begun"
        time.sleep(draw.uniform(0, 2))  # in the middle of laying, as a rule
        everybody = run.processes()
        os.kill(draw.choice(everybody[:3]), signal.SIGKILL)  # the warden, the keeper or the command
        run.warden.wait(PATIENCE)
        assert run.is_gone()
        assert links() == before


@pytest.mark.parametrize("who", ["warden", "keeper", "command"])
def test_no_namespace_is_left_after_a_kill(who: str) -> None:
    before = links()
    with running(HOLDING) as run:
        namespaces = held(run)
        os.kill(run.processes()[["warden", "keeper", "command"].index(who)], signal.SIGKILL)
        assert run.warden.wait(PATIENCE) in (-signal.SIGKILL, 128 + signal.SIGKILL)
        assert run.is_gone()
        assert not namespaces & namespaces_in_use()
        assert links() == before


def test_control_c_in_a_terminal_is_heard_once_and_nothing_is_left() -> None:
    ours, terminal = pty.openpty()
    with running(
        HOLDING,
        stdin=terminal,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    ) as run:
        namespaces = held(run)
        os.write(ours, b"\x03")
        assert json.loads(run.line()) == "interrupted once"
        assert run.warden.wait(PATIENCE) == 130
        assert run.is_gone()
        assert not namespaces & namespaces_in_use()
    os.close(ours)
    os.close(terminal)


def test_a_signal_to_end_reaches_the_command() -> None:
    with running(HOLDING) as run:
        namespaces = held(run)
        run.warden.terminate()
        assert run.warden.wait(PATIENCE) == 128 + signal.SIGTERM
        assert run.is_gone()
        assert not namespaces & namespaces_in_use()
