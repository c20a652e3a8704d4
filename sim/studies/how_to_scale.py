"""How to scale distributed deep learning: asynchronous methods against all-reduce, 2 to 128 workers; J1 to J5."""

from __future__ import annotations

from sim.studies.scaling import causes, races
from sim.study.measure import itself
from sim.study.study import Drawing, Study

STUDY = Study(
    source="Jin, Yuan, Iandola, Keutzer 2016 (How to scale distributed deep learning?), statements J1 to J5",
    question="Up to how many workers do asynchronous methods learn sooner than all-reduce, and what moves that number?",
    parts=[*races.PARTS, *causes.PARTS],
    claims=[*races.claims(), *causes.CLAIMS],
    control=itself(races.runs("base", "allreduce", 32), races.TIME),
    drawings=[
        Drawing(
            "seconds",
            ("base_allreduce", "base_ps", "base_peers"),
            "--y seconds_to_target --x workers --by protocol --where protocol.period=none,1",
            "Time to 90 % test accuracy over the number of workers, 4 samples each, every method at the best of five "
            "rates; tau = 1, async_ps on 16 servers. Of gossip the mean of all models is measured.",
        ),
        Drawing(
            "tau",
            ("base_allreduce", "base_peers"),
            "--y seconds_to_target --x workers --by protocol --where protocol.period=none,10",
            "The same with tau = 10: a worker speaks after every tenth step.",
        ),
        Drawing(
            "servers",
            ("base_ps", "base_servers"),
            "--y seconds_to_target --x workers --by server.shards",
            "The same of async_ps, by the number of servers that share the parameters.",
        ),
        Drawing(
            "floor",
            ("floor",),
            "--y final_train_loss --x workers --by protocol",
            "Training loss after 200 steps of one rate, 4 samples a worker, of softmax regression with noisy labels.",
        ),
    ],
    conclusion=races.conclusion,
    leaves_open=(
        "A perceptron of 17 226 parameters on 1440 digits has the clock of ResNet-18 on K80s. 128 workers draw a third "
        "of the digits at every step, and 90 % are 10 to 60 steps away: what happens late in training, when rates are "
        "annealed, is not seen. Rates are the best of five and constant; elastic averaging has one server."
    ),
    not_judged={
        "J1, crossings at 32 and 100 nodes": "they are of that cluster and model; the conclusion has those found here",
        "J2, the factor 1 / (1 - lambda_2)": "everybody draws from everybody here; the study topologies varies it",
        "J4, a largest in-degree of log p / log log p": "a law of the draws, which no run can change",
    },
)
