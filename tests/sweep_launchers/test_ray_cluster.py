"""``hydra/launcher=ray_cluster``: a cluster of two nodes, which the test starts on loopback and stops."""

from __future__ import annotations

import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from launched import RUNS, left, running, swept, wait_for

pytest.importorskip("hydra_plugins.hydra_ray_launcher", reason="pip install 'paceline[ray]'")
pytestmark = pytest.mark.slow

#: Addresses of this machine alone; Ray takes 127.0.0.1 for another name of the network's.
HEAD, OTHER = "127.0.0.2", "127.0.0.3"
EVERYWHERE = {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS": "0"}


@pytest.fixture
def cluster() -> Iterator[dict[str, str]]:
    """Two nodes of one core each; the variables by which a command finds them."""
    folder = Path(tempfile.mkdtemp(prefix="ray", dir="/tmp"))  # a socket's path has 107 characters at most
    with socket.create_server((HEAD, 0)) as free:
        address = f"{HEAD}:{free.getsockname()[1]}"
    common = ("--num-cpus=1", "--object-store-memory=80000000", "--block")
    head = (f"--port={address.partition(':')[2]}", "--include-dashboard=false", f"--temp-dir={folder / 'ray'}")
    nodes = ((HEAD, "--head", *head), (OTHER, f"--address={address}"))
    try:
        with ExitStack() as stack:
            for number, (own, *words) in enumerate(nodes):
                log = folder / f"node_{number}.log"
                start = (str(Path(sys.executable).with_name("ray")), "start", f"--node-ip-address={own}")
                stack.enter_context(running([*start, *words, *common], log, EVERYWHERE))
                wait_for("a node of Ray's", lambda log=log: "Ray runtime started" in log.read_text(), log)
            yield {**EVERYWHERE, "RAY_ADDRESS": address}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_two_nodes_leave_the_same_bytes(tmp_path: Path, basic: dict[str, bytes], cluster: dict[str, str]) -> None:
    out, err = swept(tmp_path, "runs", "hydra/launcher=ray_cluster", variables=cluster)
    assert left(tmp_path / "runs") == basic
    assert f"{RUNS} runs; to compare them: paceline report runs\n" in out
    assert f"ip={OTHER}" in out + err  # the head says its own lines without an address
