"""On a quadratic: D1, that decentralised SGD has no benefit there, and D5, how far its models are apart."""

from __future__ import annotations

from itertools import product

from sim.results.rows import Summary
from sim.study.claim import Claim, Expected
from sim.study.measure import fold, more_often
from sim.study.stretch import Stretch
from sim.study.study import Part

LESS, MORE, SAME = Expected.less, Expected.more, Expected.same
#: Short names of what comes first, mixing or the step, and of the graphs.
ORDERS = {"Lian": "lian", "ATC": "adapt_then_combine"}
GRAPHS = {"ring": "ring", "pairs": "random_matching", "all": "complete", "exponential": "exponential"}
SSGD, DPSGD = "protocol=allreduce", "protocol=dpsgd protocol.order={} topology={}"
BOTH = ",".join(ORDERS.values())
BOWL = "problem=quadratic problem.dim=100 batch=1 workers=8 network=ideal record.every_updates=10 seed=21000"
CALM = f"{BOWL} until.updates=200 optimizer.lr=0.3"
SPREAD = f"{BOWL} until.updates=400 optimizer.lr=0.005,0.01"
#: Of each method two rates around the one from which on it should be unstable, of curvature 1, and why there.
LIMITS = {
    "SSGD": (1.95, 2.05, "2", SSGD),
    "ATC ring": (1.95, 2.05, "2", DPSGD.format("adapt_then_combine", "ring")),
    "Lian ring": (0.65, 0.683, "2/3", DPSGD.format("lian", "ring")),
    "Lian pairs": (0.95, 1.05, "1, the limit of one pair for ever,", DPSGD.format("lian", "random_matching")),
    "Lian drawn": (1.25, 1.45, "1.35, where iterated pairs drawn anew do,", DPSGD.format("lian", "random_matching")),
}


def _part(name: str, words: str, quick: str = "until.updates=20") -> Part:
    return Part(name, words, 20, quick=quick, quick_seeds=2, own_problem=True)


PARTS = [
    _part("calm_ssgd", f"{CALM} {SSGD}"),
    _part("calm", f"{CALM} {DPSGD.format(BOTH, 'ring,random_matching,complete')}"),
    _part("spread", f"{SPREAD} {DPSGD.format(BOTH, 'ring,exponential,complete')}", "until.updates=210"),
    _part("wide", f"{SPREAD} {DPSGD.format('lian', 'ring')} workers=32 optimizer.lr=0.005", "until.updates=210"),
    *(
        _part(name.replace(" ", "_"), f"{BOWL} until.updates=1000 {words} optimizer.lr={low},{high}")
        for name, (low, high, _, words) in LIMITS.items()
    ),
]


def run(order: str, graph: str, part: str, more: str = "") -> str:
    """The runs of a part with an order and a graph, by their short names."""
    return f"{part} protocol.order={ORDERS[order]} topology={GRAPHS[graph]} {more}".rstrip()


def _diverged(summary: Summary) -> bool:
    return summary.status == "diverged"


def _alike(name: str, said: str, order: str, graph: str) -> Claim:
    ssgd, mean = (Stretch(runs, "train_loss", 10, 200) for runs in ("calm_ssgd", run(order, graph, "calm")))
    return Claim(name, said, SAME, 1e-6, fold(ssgd, mean), "quadratic, rate 0.3; loss of the mean of all models")


def _limit(name: str) -> Claim:
    low, high, limit, _ = LIMITS[name]
    part = name.replace(" ", "_")
    measure = more_often(f"{part} optimizer.lr={low}", f"{part} optimizer.lr={high}", _diverged)
    said = f"above {limit} it diverges: {high} more often than {low}"
    return Claim(f"D1 limit {name}", said, MORE, 10.0, measure, "quadratic of curvature 1, 1000 updates, any model")


def _spread(name: str, said: str, expected: Expected, runs: tuple[str, str], times: float = 1.0) -> Claim:
    """Of the mean squared distance to the mean of models, in the long run; ratios, of which 10 % matter."""
    first, second = (Stretch(each, "consensus_distance", 200, 400, power=2.0) for each in runs)
    return Claim(name, said, expected, 10.0, fold(first, second, times), f"quadratic; {' and '.join(runs)}")


SLOW, FAST = "optimizer.lr=0.005", "optimizer.lr=0.01"
EIGHT, WIDE = run("Lian", "ring", "spread", SLOW), run("Lian", "ring", "wide", SLOW)
CLAIMS = [
    *(
        _alike(
            f"D1 {order} {graph}", "the mean of models goes as synchronous SGD, so that nothing is gained", order, graph
        )
        for order, graph in product(ORDERS, ("ring", "pairs"))
    ),
    *map(_limit, LIMITS),
    *(
        _spread(
            f"D5 rate {order} {graph}",
            "twice the rate has four times the squared distance",
            SAME,
            (run(order, graph, "spread", SLOW), run(order, graph, "spread", FAST)),
            4.0,
        )
        for order, graph in product(ORDERS, ("ring", "exponential"))
    ),
    *(
        _spread(
            f"D5 graph {order}",
            "better connected models are closer: the exponential graph against the ring",
            LESS,
            (run(order, "ring", "spread", SLOW), run(order, "exponential", "spread", SLOW)),
        )
        for order in ORDERS
    ),
    _spread("D5 gap", "32 on a ring are farther apart than 8: 1 - lambda_2^2 is smaller", MORE, (EIGHT, WIDE)),
    _spread("D5 in proportion", "and by as much: 13.84 times", SAME, (EIGHT, WIDE), 13.84),
    _alike("D5 all", "step, then averaging over everybody is synchronous SGD", "ATC", "all"),
]
