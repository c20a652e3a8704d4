"""A study of a few small runs."""

from __future__ import annotations

from sim.study.claim import Claim, Expected
from sim.study.measure import itself, ratio
from sim.study.study import Drawing, Part, Study

LOSS = "final_test_loss"
STUDY = Study(
    source="nobody",
    question="Do more steps help?",
    parts=[
        Part(
            "steps",
            "problem=quadratic protocol=local workers=1 until.updates=10,40 network=ideal seed=5000",
            seeds=4,
        )
    ],
    claims=[
        Claim(
            "S1",
            "more steps have a smaller loss",
            Expected.less,
            1.0,
            ratio("steps until.updates=10", "steps until.updates=40", LOSS),
        )
    ],
    control=itself("steps until.updates=10", LOSS),
    drawings=[Drawing("loss", ("steps",), "--y final_test_loss --x until.updates", "Loss after few and more steps.")],
    leaves_open="Everything else.",
    metric=None,
)
