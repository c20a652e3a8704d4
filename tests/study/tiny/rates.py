"""A study that chooses learning rates."""

from __future__ import annotations

from sim.study.claim import Claim, Expected
from sim.study.measure import itself, ratio
from sim.study.study import Drawing, Part, Study

LOSS = "final_test_loss"
STUDY = Study(
    source="nobody",
    question="Do more workers help?",
    parts=[
        Part(
            "rates",
            "problem=quadratic workers=2,4 until.updates=20 seed=5000",
            seeds=3,
            over="optimizer.lr=0.01,0.1",
            tuning=2,
        )
    ],
    claims=[
        Claim(
            "R1",
            "more workers have a smaller loss",
            Expected.less,
            1.0,
            ratio("rates workers=2", "rates workers=4", LOSS),
        )
    ],
    control=itself("rates workers=2", LOSS),
    drawings=[Drawing("loss", ("rates",), "--y final_test_loss --x workers", "Loss with few and more workers.")],
    leaves_open="Everything else.",
    metric=None,
)
