"""Can two workers and a server learn better than one machine, and why: a question at StackExchange, 2018."""

from __future__ import annotations

from collections.abc import Iterator

from sim.plot.cells import Cell
from sim.study.claim import Claim, Expected, Measure
from sim.study.effect import Effect, halves, relative
from sim.study.reading import Reading
from sim.study.study import Drawing, Part, Study
from sim.study.table import Table

#: Steps of every worker: the question's.
STEPS = 10_000
#: The rules of the optimizer, of which the question names none; learning rates are those usual for each.
RULES = {
    "sgd": "optimizer=sgd optimizer.lr=0.1",
    "momentum": "optimizer=momentum optimizer.lr=0.01 optimizer.momentum=0.9",
    "adam": "optimizer=adam optimizer.lr=0.003",
}
#: Two TensorFlow workers and a parameter server, asynchronous: TensorFlow's default, unless one asks for more.
TWO = "protocol=async_ps workers=2"
CASES = {
    "single": "protocol=local workers=1 batch=200 partition=shared",
    "double_batch": "protocol=local workers=1 batch=400 partition=shared",
    "case1": f"{TWO} batch=200 partition=shared",
    "case2": f"{TWO} batch=200 partition=sharded",
    "case3": f"{TWO} batch=100 partition=sharded",
    "serial": f"{TWO} protocol.serial=true batch=200 partition=shared",
}
COMMON = (
    f"problem=teacher network=ideal straggler=lognormal straggler.cv=0.2 until.updates={STEPS},{2 * STEPS} "
    f"partition.replacement=false,true record.every_updates={STEPS // 10} seed=4000"
)
QUICK = "until.updates=200,400 record.every_updates=200"
PARTS = [
    Part(f"{case}_{rule}", f"{COMMON} {words} {optimizer}", seeds=30, quick=QUICK, quick_seeds=4)
    for case, words in CASES.items()
    for rule, optimizer in RULES.items()
]


def _cell(table: Table, case: str, rule: str, *, twice: bool, replacement: bool = False) -> Cell:
    """The runs of a case that ended after the fewer or, `twice`, the more updates."""
    found = table.cells(f"{case}_{rule}", f"partition.replacement={str(replacement).lower()}")
    return sorted(found, key=lambda cell: int(cell.row["until.updates"]))[twice]


def _beside(first: tuple[str, bool], second: tuple[str, bool], rule: str, *, replacement: bool) -> Measure:
    """How much larger the error of a second case is than that of a first (%); each with whether it took 2T updates."""

    def measure(table: Table) -> Effect:
        one, other = (_cell(table, case, rule, twice=twice, replacement=replacement) for case, twice in (first, second))
        return relative(one, other, table.error(f"{first[0]}_{rule}"))

    said = f"test error, first {first[0]}_{rule}, second {second[0]}_{rule}"
    return Reading(measure, said)


LESS, MORE, SAME = Expected.less, Expected.more, Expected.same
#: Effects are ratios of test errors (%); below a thousandth nobody would have asked.
MARGIN = 0.1
T, TWICE = False, True
#: The question's inequalities, the reply's two reasons, and causes that it did not think of: name, statement,
#: expectation, whether samples are drawn with replacement, and two cases, each after T or twice as many updates.
STATEMENTS = [
    ("P1", "case 2 has a smaller error than case 1", MORE, False, ("case2", TWICE), ("case1", TWICE)),
    ("P2", "case 1 has a smaller error than case 3", MORE, False, ("case1", TWICE), ("case3", TWICE)),
    ("P3", "case 3 has a smaller error than one machine", MORE, False, ("case3", TWICE), ("single", T)),
    ("P4", "nor do twice the steps make one machine as good", MORE, False, ("case3", TWICE), ("single", TWICE)),
    ("E1", "two workers do what one batch of both does", SAME, False, ("double_batch", T), ("case1", TWICE)),
    ("E2", "a larger batch has a smaller error", LESS, False, ("single", T), ("double_batch", T)),
    ("M1", "after as many updates two are no better than one", MORE, False, ("single", T), ("case1", T)),
    ("M2", "twice the updates make one machine better, too", LESS, False, ("single", T), ("single", TWICE)),
    ("M3", "staleness costs: the same samples do better without", MORE, False, ("serial", TWICE), ("case1", TWICE)),
    ("M4", "with replacement cases 1 and 2 are alike", SAME, True, ("case2", TWICE), ("case1", TWICE)),
]


def _claims() -> Iterator[Claim]:
    for rule in RULES:
        for name, statement, expected, replacement, first, second in STATEMENTS:
            cases = " and ".join(f"{case} after {'2 T' if twice else 'T'} updates" for case, twice in (first, second))
            drawn = "with replacement" if replacement else "without replacement"
            measure = _beside(first, second, rule, replacement=replacement)
            yield Claim(f"{name} {rule}", statement, expected, MARGIN, measure, f"{rule}; {cases}, {drawn}")


STUDY = Study(
    source="a question at datascience.stackexchange.com (40738), its cases 1 to 3, and the reply (E1, E2)",
    question="Why can two workers and a server end with a smaller error than one machine?",
    parts=PARTS,
    claims=list(_claims()),
    control=lambda table: halves(_cell(table, "case1", "sgd", twice=True), table.error("case1_sgd")),
    drawings=[
        Drawing(
            "errors",
            tuple(f"{case}_sgd" for case in CASES),
            "--y {error} --x until.updates --by protocol,partition,batch,protocol.serial "
            "--where partition.replacement=False",
            "Test error after as many updates as one machine takes steps, and after twice as many: what two workers "
            "make in as many steps each (SGD, without replacement).",
        )
    ],
    metric=None,
    leaves_open=(
        "The question names neither optimizer, model nor data, nor whether its error is of training or test, and has "
        "one run of each case. Here it is a perceptron of 24 tanh units on 1000 samples of a teacher with noise: a "
        "model that overfits more may turn P4 round, where the noise of small batches and stale gradients helps."
    ),
)
