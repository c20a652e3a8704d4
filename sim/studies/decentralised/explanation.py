"""What the source explains the benefit by: D3, an effective learning rate and a smoother landscape; D4, which noise."""

from __future__ import annotations

from sim.studies.decentralised.bowl import DPSGD, LESS, MORE, SAME, SSGD
from sim.studies.decentralised.training import AT, ATC_RING, MAIN, ONE, RING, fails, learned, part
from sim.study.claim import Claim, Expected
from sim.study.measure import fold, later, meanwhile
from sim.study.stretch import Stretch

#: Noise whose middle is as long as models were apart over the first 40 updates of the pilot, in 15 370 parameters.
NOISES, LENGTH = (0.003, 0.01, 0.03), 1.24
#: Of convolutional networks there is no curvature, so that these runs are always of the main model.
CURVED, CURVED_RATES = "record.curvature=true record.every_updates=5 until.updates=60", (0.4, 0.7, 1.0)
#: Updates until the whole rate is reached, of 150.
WARM_UPS = (50, 100)

PARTS = [
    part(
        "warm",
        f"{MAIN} {SSGD} lr_schedule=warmup lr_schedule.unit=updates lr_schedule.warmup={','.join(map(str, WARM_UPS))}",
    ),
    part("noise", f"{MAIN} {SSGD} protocol.weight_noise={','.join(map(str, NOISES))}"),
    *(
        part(f"watched_{name}", f"{MAIN} {words} record.gradients=true record.every_updates=1", 24)
        for name, words in (
            ("ssgd", SSGD),
            ("ATC", ATC_RING),
            ("Lian", f"{DPSGD.format('lian', 'ring')} optimizer.lr=0.7"),
        )
    ),
    *(
        part(f"curved_{name}", f"{MAIN} {words} {CURVED} optimizer.lr={','.join(map(str, CURVED_RATES))}", 16, own=True)
        for name, words in (("ssgd", SSGD), ("ATC", ATC_RING))
    ),
]


def _smoother(rate: float) -> Claim:
    ssgd, atc = (
        Stretch(f"curved_{name} optimizer.lr={rate:g}", "largest_eigenvalue", 5, 60) for name in ("ssgd", "ATC")
    )
    said = "it smooths: the largest eigenvalue of the Hessian is smaller than that of synchronous SGD"
    where = f"updates 5 to 60, rate {rate}; ATC on a ring, at the mean of all models"
    return Claim(f"D3 smooth {rate}", said, LESS, 10.0, fold(ssgd, atc), where)


def _rate(of: str, first: int, last: int) -> Stretch:
    """The effective learning rate over the one that is asked for; late, of those that learn."""
    kept = learned if last > 100 or of == "watched_Lian" else None
    return Stretch(of, "effective_learning_rate", first, last, per="learning_rate", of=kept)


def _effective(name: str, said: str, of: str, ends: tuple[int, int], expected: Expected) -> Claim:
    """That the effective rate is below the one asked for, or that it is the same: a tenth matters."""
    models = "the one model" if of == "watched_ssgd" else "a ring, at the mean of all models"
    where = f"updates {ends[0]} to {ends[1]}, rate {0.7 if of == 'watched_Lian' else 1.0}; {models}"
    return Claim(f"D3 {name}", said, expected, 0.1, meanwhile(_rate(of, *ends), 1.0, "of the rate"), where)


EARLY, LATE = (2, 20), (101, 150)
BELOW, FULL = "the effective learning rate is below the one asked for", "it is the one asked for"
CLAIMS = [
    _effective("ATC early", BELOW, "watched_ATC", EARLY, LESS),
    _effective("Lian early", BELOW, "watched_Lian", EARLY, LESS),
    _effective("SSGD early", FULL, "watched_ssgd", EARLY, SAME),
    Claim(
        "D3 ATC rises",
        "later it rises",
        MORE,
        0.1,
        later(_rate("watched_ATC", *EARLY)._replace(of=learned), _rate("watched_ATC", *LATE), "of the rate"),
        "updates 2 to 20 and 101 to 150 of runs that learn; at the mean of all models",
    ),
    _effective("ATC late", "to the one asked for", "watched_ATC", LATE, SAME),
    *(
        fails(f"D3 warm-up {length}", "with a warm-up synchronous SGD still fails more often", (RING, runs), AT, MORE)
        for length, runs in ((each, f"warm lr_schedule.warmup={each}") for each in WARM_UPS)
    ),
    *map(_smoother, CURVED_RATES),
    Claim(
        "D4 length",
        "noise of 0.01 is as long as models are apart, within a half",
        SAME,
        LENGTH / 2.0,
        meanwhile(Stretch("watched_ATC", "consensus_distance", 1, 40), LENGTH),
        "updates 1 to 40, rate 1.0, root mean square of all models",
    ),
    *(
        fails(
            f"D4 {each}",
            "with isotropic noise it fails as often",
            ("ssgd", f"noise protocol.weight_noise={each}"),
            ONE,
            SAME,
        )
        for each in NOISES
    ),
    *(
        fails(
            f"D4 {each} or ATC", "decentralised SGD fails less often", (f"noise protocol.weight_noise={each}", RING), AT
        )
        for each in NOISES
    ),
]
