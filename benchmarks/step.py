"""What a step in closed form costs: processor seconds of 200 candidates, and of simulating some of them.

    python benchmarks/step.py                      # half a minute

Candidates are four models on 4 to 64 workers and two switches, by three collectives or with two kinds of servers.
Simulated are four updates of every 21st, which must take as long as the formula says.
"""

from __future__ import annotations

import time
from itertools import product

from sim.collectives.auto import Auto
from sim.collectives.halving_doubling import HalvingDoubling
from sim.collectives.ring import Ring
from sim.devices.v100 import V100
from sim.experiment import Experiment
from sim.predict_step import predict_step
from sim.protocols.allreduce import AllReduce
from sim.protocols.hardsync import HardSync
from sim.record import Record
from sim.server import Server, Sharding
from sim.simulate import simulate
from sim.transports.tcp import TCP
from sim.until import Until
from sim.workloads.bert_base import BERTBase
from sim.workloads.inception_v3 import InceptionV3
from sim.workloads.resnet50 import ResNet50
from sim.workloads.vgg16 import VGG16
from topologies.networks.single_switch import SingleSwitch


def candidates() -> list[Experiment]:
    """Two hundred of them."""
    made = []
    models = [ResNet50(), VGG16(), BERTBase(), InceptionV3()]
    for workers, workload, gbps in product((4, 8, 16, 32, 64), models, (25.0, 100.0)):
        common = {
            "workers": workers,
            "workload": workload,
            "device": V100(),
            "network": SingleSwitch(bandwidth_gbps=gbps),
            "transport": TCP(overlap=True),
            "until": Until(updates=4),
            "record": Record(every_updates=1),
        }
        reduced, served = {"protocol": AllReduce()}, {"protocol": HardSync()}
        made += [Experiment(**common, **reduced, collective=each) for each in (Ring(), Auto(), HalvingDoubling())]
        servers = [Server(shards=workers, sharding=each) for each in (Sharding.even, Sharding.per_tensor)]
        made += [Experiment(**common, **served, server=each) for each in servers]
    return made


def main() -> None:
    """Predict all, simulate some."""
    made = candidates()
    predict_step(made[0])  # what is imported on the way is not counted
    began = time.process_time()
    predicted = [predict_step(each).seconds for each in made]
    print(f"{len(made)} candidates: {time.process_time() - began:.2f} CPU seconds")
    began, worst = time.process_time(), 0.0
    for each, expected in list(zip(made, predicted, strict=True))[::21]:
        when = [row.seconds for row in simulate(each).metrics]
        worst = max(worst, abs(expected / ((when[-1] - when[-3]) / 2) - 1.0))
    print(f"{len(made[::21])} of them simulated: {time.process_time() - began:.2f} CPU seconds, off by {worst:.1e}")


if __name__ == "__main__":
    main()
