"""What is shipped of spread is what the script fits, where the cascades are at hand."""

from pathlib import Path

import pytest

from monitor.core.spread import SHIPPED, shipped
from tests.benchmarks import fit_spread, spread_quality
from tests.benchmarks.spread_quality import MINUTE, REPOSTS, auc, chance

AUSPOL = spread_quality.CASCADES / "auspol.jsonl"


@pytest.mark.skipif(not AUSPOL.exists(), reason="the cascades are not here")
def test_the_shipped_parameters_are_those_of_the_script() -> None:
    """The script gives the module's very parameters, which keep the bars on the set they come from."""
    cascades = fit_spread.read(AUSPOL)
    assert fit_spread.fitted(cascades) == SHIPPED
    assert auc(cascades, 0.0, REPOSTS, lambda each, at: chance(each, at, REPOSTS)) >= 0.80
    assert auc(cascades, 30 * MINUTE, REPOSTS, lambda each, at: chance(each, at, REPOSTS)) >= 0.82


def test_the_module_is_as_the_script_writes_it() -> None:
    """Nobody edited it by hand."""
    assert Path(shipped.__file__).read_text(encoding="utf-8") == fit_spread.module(SHIPPED)
