"""Can two workers and a server learn better than one machine, and why: a question at StackExchange, 2018."""

from __future__ import annotations

from collections.abc import Iterator

from sim.plot.cells import Cell
from sim.study.claim import Claim, Expected, Measure
from sim.study.effect import Effect, halves, relative
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


def _beside(first: tuple[str, bool], second: tuple[str, bool], rule: str, replacement: bool = False) -> Measure:
    """How much larger the error of a second case is than that of a first (%); each with whether it took 2T updates."""

    def measure(table: Table) -> Effect:
        cells = [_cell(table, case, rule, twice=twice, replacement=replacement) for case, twice in (first, second)]
        return relative(cells[0], cells[1], table.error(f"{first[0]}_{rule}"))

    return measure


#: Effects are ratios of test errors; below a thousandth nobody would have asked.
MARGIN = 0.1
#: name, statement, expectation, first case and second case, each with whether it took twice the updates.
_QUESTION = [
    ("P1", "case 2 has a smaller error than case 1", Expected.more, ("case2", True), ("case1", True)),
    ("P2", "case 1 has a smaller error than case 3", Expected.more, ("case1", True), ("case3", True)),
    ("P3", "case 3 has a smaller error than one machine", Expected.more, ("case3", True), ("single", False)),
    (
        "P4",
        "one machine with twice the steps is still not as good as case 3",
        Expected.more,
        ("case3", True),
        ("single", True),
    ),
]
_REPLY = [
    (
        "E1",
        "two workers do what one machine does with a batch of both",
        Expected.same,
        ("double_batch", False),
        ("case1", True),
    ),
    (
        "E2",
        "a larger batch has less noise, and so a smaller error",
        Expected.less,
        ("single", False),
        ("double_batch", False),
    ),
]
_CAUSES = [
    (
        "M1",
        "with as many updates two workers are no better than one machine",
        Expected.more,
        ("single", False),
        ("case1", False),
    ),
    ("M2", "twice the updates make one machine better, too", Expected.less, ("single", False), ("single", True)),
    (
        "M3",
        "staleness costs: the same samples in the same order without it do better",
        Expected.more,
        ("serial", True),
        ("case1", True),
    ),
]
_ORDER = ("M4", "drawn with replacement, cases 1 and 2 are alike", Expected.same, ("case2", True), ("case1", True))


def _claims() -> Iterator[Claim]:
    for rule in RULES:
        for name, statement, expected, first, second in [*_QUESTION, *_REPLY, *_CAUSES]:
            yield Claim(
                f"{name} {rule}", statement, expected, MARGIN, _beside(first, second, rule), f"{rule}; {CONDITIONS}"
            )
        name, statement, expected, first, second = _ORDER
        measure = _beside(first, second, rule, replacement=True)
        yield Claim(f"{name} {rule}", statement, expected, MARGIN, measure, f"{rule}; with replacement")


CONDITIONS = "10 000 steps of every worker, 20 000 updates of two; without replacement; test error in the end"

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
            "--y final_test_rmse --x until.updates --by protocol,partition,batch,protocol.serial "
            "--where partition.replacement=False",
            "Test error after as many updates as one machine takes steps, and after twice as many: what two workers "
            "make in as many steps each (SGD, without replacement).",
        )
    ],
    leaves_open=(
        "The question names neither optimizer, model nor data, nor whether its error is of training or test, and has "
        "one run of each case. Here it is a perceptron of 24 tanh units on 1000 samples of a teacher with noise: a "
        "model that overfits more may turn P4 round, where the noise of small batches and stale gradients helps."
    ),
)
