import math
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core import cues
from monitor.core.assessment import Assessment, Rubric, Series, assess, passage
from monitor.core.calibration import Calibration
from monitor.core.complaint import Judgement, Passage
from monitor.core.mention import Author, Engagement, Mention
from monitor.core.severity import Severity
from monitor.core.spread import SHIPPED
from monitor.core.topics import Topics
from tests.core.builders import HOUR, NOON, mention

SWEARING = ["fuck", "shit", "crap", "wtf", "worst", "awful", "pathetic", "useless", "idiots", "damn", "hell"]
SWEARING += [
    "disgusting",
    "scheiße",
    "mierda",
    "honte",
    "sucks",
    "liars",
    "rubbish",
    "a joke",
    "arseholes",
    "!!!",
]
phrases = st.sampled_from(
    [phrase.strip() for block in cues._PHRASES.values() for phrase in re.split(r"[|\n]", block)]
)
texts = st.lists(phrases | st.text(max_size=8), max_size=15).map(" ".join)
followers = st.none() | st.integers(0, 10**9)


def verdict(text: str, *, reach: int | None = None, likes: int | None = None) -> Assessment:
    """Return the verdict on a post, an hour old if it has likes."""
    series = [] if likes is None else [(NOON + HOUR, Engagement(likes=likes))]
    return judged(mention(text, author=Author(followers=reach)), series)


def judged(subject: Mention, series: Series = (), rubric: Rubric | None = None) -> Assessment:
    """Return the verdict on a mention."""
    rubric = rubric or Rubric()
    (judgement,) = rubric.judge([passage(subject)])
    return assess(subject, judgement, series, rubric)


@given(texts, followers, st.none() | st.integers(0, 10**9))
def test_every_quoted_reason_stands_in_the_text(text: str, reach: int | None, likes: int | None) -> None:
    """Whatever a reason quotes, a person finds in the text."""
    flat = " ".join(text.lower().split())
    for reason in verdict(text, reach=reach, likes=likes).reasons:
        assert all(quote in flat for quote in re.findall("“(.*?)”", reason))


@given(st.lists(st.sampled_from(SWEARING), max_size=40), st.booleans())
def test_bad_language_alone_is_never_above_low(words: list[str], loud: bool) -> None:
    """Swearing, in any amount and in capitals, does not raise the severity."""
    text = " ".join(words)
    assert verdict(text.upper() if loud else text).severity is Severity.LOW


@given(st.lists(st.sampled_from(SWEARING), max_size=10), texts)
def test_bad_language_never_changes_the_severity(words: list[str], text: str) -> None:
    """A complaint is as severe with bad language around it as without."""
    assert verdict(f"{' '.join(words)}. {text}").severity is verdict(text).severity


@given(texts, followers, followers, st.none() | st.integers(0, 10**7))
def test_more_followers_never_lower_the_severity(
    text: str, some: int | None, others: int | None, likes: int | None
) -> None:
    """A larger audience never makes a complaint milder, spread included."""
    few, many = sorted((some, others), key=lambda each: 300 if each is None else each)
    assert verdict(text, reach=many, likes=likes).severity >= verdict(text, reach=few, likes=likes).severity


def test_a_polite_complaint_about_safety_is_critical() -> None:
    """Good manners make a danger no smaller."""
    polite = verdict("Dear Acme, may I tell you that your kettle caught fire? Thank you, and best wishes.")
    assert polite.is_complaint
    assert polite.severity is Severity.CRITICAL
    assert "safety" in polite.topics
    assert "threat to safety or health: “caught fire”" in polite.reasons


def test_the_audience_raises_the_severity() -> None:
    """The author's followers count with the causes, and the reason gives their number."""
    assert verdict("charged twice").severity is Severity.MEDIUM
    assert verdict("charged twice", reach=12_000).severity is Severity.HIGH
    assert "12,000 followers" in verdict("charged twice", reach=12_000).reasons


def test_likely_spread_raises_the_severity() -> None:
    """A post that will likely pass the second threshold is one step worse, and the reason names it."""
    assert verdict("it is broken", likes=150).severity is Severity.LOW
    spreading = verdict("it is broken", likes=5_000)
    assert spreading.severity is Severity.MEDIUM
    assert any(reason.startswith("expected to pass 1,000 acts") for reason in spreading.reasons)
    assert verdict("it caught fire", likes=5_000).severity is Severity.CRITICAL


def test_the_title_is_read_too() -> None:
    """A complaint in the title counts as one in the text."""
    asked = judged(mention("see picture", title="My order is broken, no reply"))
    assert asked.is_complaint


def test_a_cue_may_run_from_the_title_into_the_text() -> None:
    """What the title ends with and the text begins with may be one phrase: both are the author's words."""
    asked = judged(mention("waiting", title="Still"))
    assert "is kept waiting: “still waiting”" in asked.reasons


@pytest.mark.parametrize(
    ("text", "is_complaint"),
    [
        ("", None),
        ("😡", None),
        ("this is not a complaint", False),
        ("<b>broken</b>, no reply", True),
        ("broken, no reply " * 6_000, True),
        ("a" * 100_000, False),
        ("\x00\ud800 broken, no reply", True),
    ],
)
def test_odd_texts_have_an_answer(text: str, is_complaint: bool | None) -> None:
    """Nothing, an emoji, markup, 100 kB and broken characters are all judged; None says: cannot be judged."""
    given = verdict(text)
    assert given.is_complaint is is_complaint
    assert given.severity is not Severity.CRITICAL
    assert (given.probability is None) == (is_complaint is None)
    assert given.reasons or is_complaint is not None


def test_a_reading_from_before_the_post_does_not_crash() -> None:
    """When the clock was set back, engagement seems older than the post: it still has a verdict."""
    series = [(NOON - timedelta(days=1), Engagement(likes=3))]
    assert judged(mention("broken"), series).spread.expected >= 3.0


def test_the_rubric_decides() -> None:
    """The classifier, its name, the threshold and the spread thresholds are the rubric's."""

    def judge(passages: Sequence[Passage]) -> list[Judgement]:
        return [
            Judgement(probability=0.3, score=0.6, topics=("refund",), reasons=(f"{each.lang} {each.text}",))
            for each in passages
        ]

    rubric = Rubric(judge=judge, model="mine", threshold=0.3, spread_thresholds=(5,))
    given = judged(mention("hello", lang="en"), rubric=rubric)
    assert given.is_complaint
    assert (given.model, given.probability, given.severity, given.topics) == (
        "mine",
        0.3,
        Severity.HIGH,
        ("refund",),
    )
    assert given.reasons == ("en hello",)
    assert [limit for limit, _ in given.spread.passing] == [5]


def test_what_was_learned_decides_over_what_ships() -> None:
    """A tuned rubric calibrates the raw probability and uses the tuning's threshold; both are told apart."""

    def judge(passages: Sequence[Passage]) -> list[Judgement]:
        return [Judgement(probability=0.5, lang="es") for _ in passages]

    shipped = Rubric(judge=judge, threshold=0.45)
    tuned = replace(shipped, tuned=Calibration(intercept=math.log(4), threshold=0.9, version=3))
    before, after = (judged(mention("hola"), rubric=each) for each in (shipped, tuned))
    assert (before.is_complaint, before.probability, before.raw) == (True, 0.5, 0.5)
    assert (before.threshold, before.tuning, before.lang) == (0.45, None, "es")
    assert (after.is_complaint, after.raw, after.threshold, after.tuning) == (False, 0.5, 0.9, 3)
    assert after.probability == pytest.approx(0.8)


@pytest.mark.parametrize("tuned", [None, Calibration(slope=0.3)])
def test_what_cannot_be_judged_is_not_calibrated(tuned: Calibration | None) -> None:
    """No probability stays none, whatever was learned."""

    def judge(passages: Sequence[Passage]) -> list[Judgement]:
        return [Judgement(probability=None, reasons=("no",)) for _ in passages]

    given = judged(mention("…"), rubric=Rubric(judge=judge, tuned=tuned))
    assert (given.is_complaint, given.probability, given.raw) == (None, None, None)


def test_a_reason_is_given_once() -> None:
    """A reason that both judges give is told once."""
    reasons = verdict("charged twice, no reply").reasons
    assert len(reasons) == len(set(reasons))


def test_spread_goes_by_what_was_learned_of_the_platform() -> None:
    """Learned parameters hold for the mentions of their platform, and for no others."""
    bold = replace(SHIPPED, prior=replace(SHIPPED.prior, scale=100 * SHIPPED.prior.scale))
    rubric = Rubric(spread={"reddit": bold})
    followed = Author(followers=500)
    [judgement] = rubric.judge([Passage(text="hello")])
    here, there = (
        assess(mention("hello", platform=name, author=followed), judgement, (), rubric).spread
        for name in ("reddit", "twitter")
    )
    assert here.expected > 50 * there.expected


def test_a_prediction_that_matters_says_why() -> None:
    """Where a threshold will likely be passed, the reasons say how the post goes."""
    rubric = Rubric(spread_thresholds=(10,))
    [judgement] = rubric.judge([Passage(text="hello")])
    series = [(NOON + HOUR, Engagement(likes=40))]
    reasons = assess(mention("hello"), judgement, series, rubric).reasons
    assert reasons[-2].startswith("expected to pass 10 acts of engagement")
    assert reasons[-1] == "40 in the 60 min since the first act"


def test_the_brands_own_topics_are_told_besides_the_judges() -> None:
    """A text has both; the reason names the topic and the words that show it."""
    rubric = Rubric(topics=Topics.of({"lid falls off": ["lid came off"]}))
    given = judged(mention("came off, no refund", title="The lid"), rubric=rubric)
    assert given.topics == ("refund", "lid falls off")
    assert "is about lid falls off: “lid came off”" in given.reasons
    assert judged(mention("no refund"), rubric=rubric).topics == ("refund",)


def test_the_brands_own_topics_are_found_in_any_language() -> None:
    """Where nobody can judge whether a text complains, it is unjudged still, and says why first."""

    def judge(passages: Sequence[Passage]) -> list[Judgement]:
        return [Judgement(probability=None, reasons=("no",)) for _ in passages]

    rubric = Rubric(judge=judge, topics=Topics.of({"lid falls off": ["víčko"]}))
    given = judged(mention("Víčko upadlo"), rubric=rubric)
    assert (given.is_complaint, given.topics) == (None, ("lid falls off",))
    assert given.reasons == ("no", "is about lid falls off: “Víčko”")


def test_a_topic_that_both_find_is_told_once() -> None:
    """A judge of one's own may know a topic by the same name."""

    def judge(passages: Sequence[Passage]) -> list[Judgement]:
        return [Judgement(probability=0.5, topics=("lid",)) for _ in passages]

    assert judged(mention("lid"), rubric=Rubric(judge=judge, topics=Topics.of({"lid": ["lid"]}))).topics == (
        "lid",
    )
