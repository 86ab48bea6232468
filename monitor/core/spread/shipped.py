"""The parameters that uproar ships: written by tests/benchmarks/fit_spread.py, which says whence."""

from monitor.core.spread.parameters import Curve, Momentum, Onset, Parameters, Prior, Variety

SHIPPED = Parameters(
    curve=Curve(
        half=3600.0,
        early=0.6,
        late=0.75,
    ),
    variety=Variety(
        halves=1.2,
        fan=1.333,
        size=150.0,
        growth=0.5733,
        credence=120.0,
    ),
    prior=Prior(
        scale=0.04386,
        exponent=0.4792,
        shape=0.396,
        hits=0.07369,
        lift=10.0,
        echo=0.1891,
        unknown=1.698,
        unknown_shape=0.2216,
        weight=0.6545,
        tail=1.5,
    ),
    onset=Onset(
        quick=0.4707,
        lone=0.3394,
        soon=201.7,
        half=24370.0,
        exponent=1.065,
    ),
    momentum=Momentum(
        discount=2.0,
        drift=1.096,
    ),
)
