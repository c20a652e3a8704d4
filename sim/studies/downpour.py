"""Replicas that do not wait for each other, and L-BFGS in portions: DistBelief's claims (Dean et al. 2012)."""

from __future__ import annotations

from sim.studies.distbelief import machines, replicas, shards
from sim.study.measure import itself
from sim.study.study import Drawing, Study

STUDY = Study(
    source="Dean et al. 2012 (DistBelief): statements B1 to B6, its figures 4 and 5, and its swarm of replicas",
    question="How many replicas may work without waiting, what helps beyond that, and when is L-BFGS sooner?",
    parts=[*replicas.PARTS, *machines.PARTS, *shards.PARTS],
    claims=[*replicas.claims(), *machines.claims(), *shards.claims()],
    control=itself("race_fixed workers=16", "seconds_to_target"),
    drawings=[
        Drawing(
            "machines",
            ("machines_fixed", "machines_adagrad", "machines_sandblaster"),
            "--y seconds_to_target --x workers --by protocol,optimizer",
            "Seconds to the target over machines (in full on Fashion-MNIST), each at the best of four rates.",
        ),
        Drawing(
            "replicas",
            ("kept_fixed", "kept_adagrad"),
            "--y best_test_accuracy --x workers --by optimizer",
            "Best test accuracy over replicas, at the best rate of one replica; runs end at their target.",
        ),
        Drawing(
            "race",
            ("race_fixed", "race_adagrad"),
            "--y seconds_to_target --x workers --by optimizer",
            "Seconds to the target over replicas that share a server's link, each at the best of four rates.",
        ),
    ],
    conclusion=replicas.reached,
    leaves_open=(
        "Perceptrons of 17 226 parameters on 1440 images and of 50 890 on 60 000, not of 42 million to 1.7 billion "
        "on millions of images and a billion samples: the thresholds in replicas, and how far L-BFGS is behind, are "
        "theirs. On larger data there are more updates between a start that is warm and the end. Where a link or the "
        "shards decide, other bandwidths move the optimum. What is measured is the server's model."
    ),
    not_judged={
        "B2, staleness x curvature is largest at the start": "no Hessian is measured here, only what a warm start does",
        "B5, machines of one model": "models are not cut; judged is the same of replicas that share a server's link",
        "gamma is about ten times the best fixed rate": "each rate is chosen; Adagrad's depends on the gradients' size",
        "figure 4's GPU, and accuracies of speech and ImageNet": "neither machines nor data are to be had",
    },
)
