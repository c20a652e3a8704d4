"""Why decentralised training converges where synchronous training does not: Zhang et al. 2021, statements D1 to D5."""

from __future__ import annotations

from sim.studies.decentralised import bowl, explanation, others, training
from sim.study.measure import itself
from sim.study.study import Drawing, Study

STUDY = Study(
    source="Zhang, Liu, Feng, Cui, Kingsbury, Tu 2021 (arXiv 2112.01433), statements D1 to D5",
    question="Does decentralised training converge where synchronous training does not, and does its noise explain it?",
    parts=[*training.PARTS, *explanation.PARTS, *others.PARTS, *bowl.PARTS],
    claims=[*bowl.CLAIMS, *training.CLAIMS, *explanation.CLAIMS, *others.CLAIMS],
    control=itself("band_ssgd optimizer.lr=0.4", "final_test_accuracy"),
    drawings=[
        Drawing(
            "accuracy",
            ("band_ssgd", "band", "ssgd", "dpsgd"),
            "--y final_test_accuracy --x optimizer.lr --by protocol,protocol.order,topology",
            "Test accuracy of the mean of all models after 150 updates, over the learning rate: 15 seeds, at 1.0 30.",
        ),
        Drawing(
            "largest_eigenvalue",
            ("curved_ssgd", "curved_ATC"),
            "--y largest_eigenvalue --x updates --by protocol --facets optimizer.lr",
            "Largest eigenvalue of the Hessian: synchronous SGD, and the mean of models that step, then mix on a ring.",
        ),
    ],
    conclusion=training.band,
    leaves_open=(
        "Six hidden layers of 48 units on 1440 digits, all of them in every step, in place of CIFAR-10, ImageNet and "
        "speech: the model was searched for, and what fails within 150 updates may learn later. The source analyses "
        "Lian's order, to mix and then step; ATC, the step first, is the other one. Rates of the other models were "
        "found on four seeds each. Test accuracy is judged at small rates only. The mean of all models is nobody's, "
        "unless said otherwise. That 0.1 nats are learned suits small data: a larger set may need a longer run."
    ),
    not_judged={
        "10.37 nats of held-out loss, and other figures of speech and ImageNet": "none of these data is here",
        "noise has the covariance alpha^2 H C H": "no covariance of 15 370 parameters is measured",
        "the smoothed loss is min(l, 2 G / s)-smooth": "a bound with constants that nobody knows of this model",
        "a higher validation accuracy of decentralised SGD with 8192 samples": "a replication's, on CIFAR-10; see D2",
        "losses of shallow toys (D2b)": "of other data; whether runs fail is judged with 4 layers, too",
        "asynchronous training takes three times the batch": "of a twin paper, on speech",
    },
)
