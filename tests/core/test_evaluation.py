from itertools import product
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core import evaluation
from monitor.core.evaluation import Confusion, Row, confusion

probabilities = st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.5, 0.7, 0.95, 1.0]) | st.floats(0.0, 1.0)
rows = st.lists(st.tuples(probabilities, st.booleans()), max_size=30)
names = st.sampled_from("abc")
pairs = st.lists(st.tuples(names, names), max_size=30)


def both(given_rows: list[Row]) -> bool:
    """Tell whether both classes are labelled."""
    return len({label for _, label in given_rows}) == 2


def naive_f1(given_rows: list[Row], threshold: float, *, of: bool) -> float:
    """Return F1 of a class, by the definition in words."""
    taken = [label for probability, label in given_rows if (probability >= threshold) is of]
    right = sum(label is of for label in taken)
    precision = right / len(taken) if taken else 0.0
    recall = right / sum(label is of for _, label in given_rows)
    return 2 * precision * recall / (precision + recall) if right else 0.0


# ------------------------------------------------------------------------------------ against the definitions
@given(rows)
def test_auc_is_the_share_of_pairs_in_order(given_rows: list[Row]) -> None:
    """Of all pairs of a complaint and another row, those in order count as one and ties as half."""
    pairs = product(
        [each for each, label in given_rows if label], [each for each, label in given_rows if not label]
    )
    won = [1.0 if yes > no else 0.5 if yes == no else 0.0 for yes, no in pairs]
    assert evaluation.auc(given_rows) == (pytest.approx(fmean(won)) if won else None)


@given(rows, probabilities)
def test_f1_is_the_harmonic_mean(given_rows: list[Row], threshold: float) -> None:
    """F1 of complaints, and the mean of that of both classes, follow from precision and recall in words."""
    counts = confusion(given_rows, threshold)
    if any(label for _, label in given_rows):
        assert counts.f1 == pytest.approx(naive_f1(given_rows, threshold, of=True))
    else:
        assert counts.f1 is None
    if both(given_rows):
        expected = fmean(naive_f1(given_rows, threshold, of=of) for of in (True, False))
        assert counts.macro_f1 == pytest.approx(expected)
    else:
        assert counts.macro_f1 is None


@given(rows)
def test_precision_at_recall_is_the_best_that_can_be_had(given_rows: list[Row]) -> None:
    """No threshold that finds nine in ten complaints has a better precision, and one has this."""
    counts = [confusion(given_rows, each) for each, _ in given_rows]
    found = [each.precision for each in counts if each.recall is not None and each.recall >= 0.9]
    assert evaluation.precision_at_recall(given_rows) == max(
        (each for each in found if each is not None), default=None
    )


@given(rows)
def test_the_best_threshold_is_the_best(given_rows: list[Row]) -> None:
    """No other threshold has a better macro-F1 on these rows."""
    best = evaluation.best_threshold(given_rows)
    if best is None:
        assert not both(given_rows)
        return
    figures = [confusion(given_rows, each).macro_f1 or 0.0 for each, _ in given_rows]
    assert confusion(given_rows, best).macro_f1 == pytest.approx(max(figures))


@given(rows, st.integers(1, 12))
def test_the_calibration_error_is_the_distance_by_bins(given_rows: list[Row], bins: int) -> None:
    """Of each bin, the distance between its mean probability and its share of complaints, by its rows."""
    total = 0.0
    for number in range(bins):
        inside = [
            row
            for row in given_rows
            if int(row[0] * bins) == number or (row[0] == 1.0 and number == bins - 1)
        ]
        if inside:
            share = fmean(label for _, label in inside)
            total += abs(fmean(each for each, _ in inside) - share) * len(inside) / len(given_rows)
    found = evaluation.calibration_error(given_rows, bins)
    assert found == (pytest.approx(total, abs=1e-12) if given_rows else None)


@given(pairs)
def test_kappa_is_agreement_beyond_chance(given_pairs: list[tuple[str, str]]) -> None:
    """(observed - expected) / (1 - expected), the expected agreement from how often each says each."""
    count = len(given_pairs) or 1
    expected = sum(
        sum(one == name for one, _ in given_pairs)
        / count
        * sum(two == name for _, two in given_pairs)
        / count
        for name in "abc"
    )
    observed = sum(one == two for one, two in given_pairs) / count
    found = evaluation.kappa(given_pairs)
    if found is None:
        assert not given_pairs or expected == pytest.approx(1.0)
    else:
        assert found == pytest.approx((observed - expected) / (1 - expected))


# ------------------------------------------------------------------------------------------------ properties
@given(rows, probabilities)
def test_every_row_is_counted_once(given_rows: list[Row], threshold: float) -> None:
    """The four counts add up to the rows, and those of complaints to the complaints."""
    counts = confusion(given_rows, threshold)
    assert counts.found + counts.missed == sum(label for _, label in given_rows)
    assert counts.false_alarms + counts.passed == sum(not label for _, label in given_rows)


@given(rows)
def test_the_order_of_the_rows_is_of_no_matter(given_rows: list[Row]) -> None:
    """The same rows backwards have the same figures."""
    there, back = (evaluation.evaluate(each, 0.5) for each in (given_rows, list(reversed(given_rows))))
    assert there.calibration_error == pytest.approx(back.calibration_error)
    assert (there.auc, there.confusion, there.best_threshold, there.kappa, there.precision_at_recall) == (
        back.auc,
        back.confusion,
        back.best_threshold,
        back.kappa,
        back.precision_at_recall,
    )


@given(rows)
def test_ranks_alone_make_the_auc(given_rows: list[Row]) -> None:
    """Stretching the probabilities without changing their order leaves it as it is."""
    order = sorted({each for each, _ in given_rows})
    ranked = [(order.index(each) / max(len(order), 1), label) for each, label in given_rows]
    assert evaluation.auc(ranked) == evaluation.auc(given_rows)


# -------------------------------------------------------------------------------------------------- examples
def test_figures_of_a_known_table() -> None:
    """Worked by hand: 4 complaints of 6 rows, three found with one false alarm."""
    given_rows = [(0.9, True), (0.8, True), (0.8, False), (0.6, True), (0.4, False), (0.1, True)]
    found = evaluation.evaluate(given_rows, 0.5)
    assert (found.rows, found.complaints, found.threshold) == (6, 4, 0.5)
    assert found.confusion == Confusion(found=3, false_alarms=1, missed=1, passed=1)
    assert (found.confusion.precision, found.confusion.recall, found.confusion.f1) == (0.75, 0.75, 0.75)
    assert found.confusion.macro_f1 == pytest.approx((0.75 + 0.5) / 2)
    assert found.auc == pytest.approx((2 + 1.5 + 1 + 0) / 8)
    assert found.precision_at_recall == pytest.approx(4 / 6)
    assert found.calibration_error == pytest.approx((0.1 + 0.6 + 0.4 + 0.4 + 0.9) / 6)
    assert found.kappa == pytest.approx((4 / 6 - 20 / 36) / (1 - 20 / 36))


def test_a_perfect_judge() -> None:
    """One who is certain and right has the best of every figure."""
    found = evaluation.evaluate([(1.0, True), (0.0, False), (1.0, True)], 0.5)
    assert (found.auc, found.confusion.macro_f1, found.precision_at_recall, found.kappa) == (1, 1, 1, 1)
    assert (found.calibration_error, found.best_threshold) == (0.0, 1.0)


@pytest.mark.parametrize("label", [True, False])
def test_one_class_leaves_open_what_needs_two(label: bool) -> None:
    """Without complaints, or with nothing else, neither ranking nor agreement has a figure."""
    found = evaluation.evaluate([(0.7, label), (0.8, label)], 0.5)
    assert (found.auc, found.confusion.macro_f1, found.best_threshold) == (None, None, None)
    assert (found.confusion.f1 is None) is (not label)
    assert found.calibration_error == pytest.approx(0.25 if label else 0.75)


def test_no_rows_leave_everything_open() -> None:
    """Nothing is divided by nothing."""
    found = evaluation.evaluate([], 0.5)
    assert (found.rows, found.complaints, found.confusion) == (0, 0, Confusion())
    assert {found.auc, found.precision_at_recall, found.calibration_error, found.kappa} == {None}
    assert {found.confusion.precision, found.confusion.recall, found.confusion.f1} == {None}


def test_the_threshold_itself_is_above() -> None:
    """A probability that equals the threshold is taken for a complaint."""
    assert confusion([(0.5, True)], 0.5).found == 1


def test_the_edges_of_bins() -> None:
    """A tenth belongs to the second bin, and one to the last."""
    assert evaluation.calibration_error([(0.1, True), (0.05, False)]) == pytest.approx((0.9 + 0.05) / 2)
    assert evaluation.calibration_error([(1.0, True), (0.95, False)]) == pytest.approx(0.95 / 2)


def test_what_could_not_be_judged_alerts_nobody() -> None:
    """It counts as the least probable of all, is told apart, and claims nothing that could be calibrated."""
    found = evaluation.evaluate([(None, True), (None, False), (0.9, True), (0.1, False)], 0.5)
    assert (found.rows, found.unjudged) == (4, 2)
    assert found.confusion == Confusion(found=1, missed=1, passed=2)
    assert found.auc == pytest.approx((2 + 0.5) / 4)
    assert found.calibration_error == pytest.approx(0.1)
    assert evaluation.evaluate([(None, True)], 0.5).calibration_error is None
