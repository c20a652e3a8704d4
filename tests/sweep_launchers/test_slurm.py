"""``hydra/launcher=slurm``: a cluster of this one machine, whose services the test starts on loopback and stops."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from launched import RUNS, environment, left, running, swept, wait_for

pytest.importorskip("hydra_plugins.hydra_submitit_launcher", reason="pip install 'paceline[slurm]'")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("slurmd") is None, reason="apt-get install slurm-wlm munge"),
    pytest.mark.skipif(os.getuid() != 0, reason="slurmd starts jobs as root"),
]

CONF = """
ClusterName=one
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of its configuration file."""
    folder = tmp_path_factory.mktemp("slurm")
    for name in ("state", "spool"):
        (folder / name).mkdir()
    conf, key, munge = folder / "slurm.conf", folder / "munge.key", folder / "munge.socket"
    host = socket.gethostname().partition(".")[0]
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        ports = [server.getsockname()[1] for server in (one, other)]
    conf.write_text(CONF.format(host=host, folder=folder, ports=ports, cores=os.cpu_count()))
    key.write_bytes(os.urandom(1024))
    key.chmod(0o600)
    own = [f"--{name}-file={folder}/munged.{name}" for name in ("log", "pid", "seed")]
    services = {
        "munged": ["--foreground", "--force", f"--socket={munge}", f"--key-file={key}", *own],
        "slurmctld": ["-D", "-f", str(conf)],
        "slurmd": ["-D", "-f", str(conf), "-N", host],
    }
    with ExitStack() as stack:
        for name, words in services.items():
            stack.enter_context(running([name, *words], folder / f"{name}.out", {"SLURM_CONF": str(conf)}))
            if name == "munged":
                wait_for("munge's socket", munge.exists, folder / "munged.out")
        wait_for("an idle node", lambda: "idle" in _said("sinfo", conf), folder / "slurmctld.out")
        yield str(conf)
        _said("scancel", conf, "--user=root")


def _said(command: str, conf: Path, *words: str) -> str:
    variables = environment({"SLURM_CONF": str(conf)})
    return subprocess.run([command, *words], env=variables, capture_output=True, text=True, check=False).stdout


def test_jobs_of_slurm_leave_the_same_bytes(tmp_path: Path, basic: dict[str, bytes], cluster: str) -> None:
    setup = f'hydra.launcher.setup=["export SLURM_CONF={cluster}"]'  # a cluster proper has it in /etc/slurm
    out, _ = swept(tmp_path, "runs", "hydra/launcher=slurm", setup, variables={"SLURM_CONF": cluster})
    assert left(tmp_path / "runs") == basic
    assert f"{RUNS} runs; to compare them: paceline report runs\n" in out
