from collections.abc import Sequence

from monitor.core.assessment import Rubric
from monitor.core.complaint import Judgement, Passage
from monitor.core.judging import judge_all


def brittle(passages: Sequence[Passage]) -> list[Judgement]:
    """Judge, but raise at the word "bad"."""
    if any(each.text == "bad" for each in passages):
        raise RuntimeError("secret")
    return [Judgement(probability=0.5, topics=(each.text,)) for each in passages]


def test_a_text_at_which_the_judge_fails_costs_the_others_nothing() -> None:
    """The others are judged, in order; that one is left unjudged, with a reason, and its place told."""
    failed: list[int] = []
    texts = ("one", "bad", "two", "bad")
    given = judge_all(
        [Passage(text=each) for each in texts], Rubric(judge=brittle, model="m-1"), failed.append
    )
    assert [each.topics for each in given] == [("one",), (), ("two",), ()]
    assert [each.probability for each in given] == [0.5, None, 0.5, None]
    assert given[1].reasons == ("could not be judged: RuntimeError in m-1",)
    assert failed == [1, 3]


def test_nothing_is_judged_twice_when_all_is_well() -> None:
    """The judge is asked once, for all of them: that is several times faster."""
    asked: list[int] = []

    def judge(passages: Sequence[Passage]) -> list[Judgement]:
        asked.append(len(passages))
        return brittle(passages)

    judge_all([Passage(text="one")] * 3, Rubric(judge=judge), asked.append)
    assert asked == [3]
