"""The parameters that uproar ships: written by tests/benchmarks/fit_spread.py, which says whence."""

from monitor.core.spread.parameters import Curve, Momentum, Onset, Parameters, Prior

SHIPPED = Parameters(
    curve=Curve(
        half=3600.0,
        early=0.571,
        late=0.927,
    ),
    prior=Prior(
        scale=0.07052,
        exponent=0.432,
        shape=1.111,
        hits=0.08513,
        lift=10.54,
        unknown=1.871,
        unknown_shape=0.701,
        weight=0.2122,
        tail=1.3,
    ),
    onset=Onset(
        half=3833.0,
        exponent=0.5762,
    ),
    momentum=Momentum(
        discount=2.0,
        trend=0.5368,
        drift=0.8533,
    ),
)
