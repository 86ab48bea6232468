"""Whatever is written, the judge that is wired has a defined answer."""

import json
import math
import re

import pytest

from monitor.cli.assessing import Post, row, rubric, verdicts
from monitor.cli.lines import dumps
from tests.core.builders import NOON
from tests.hostile.texts import GAMES, NASTY
from tests.terminal.builders import controls

COMPLAINT = "My order never arrived, I was charged twice and nobody answers my emails."


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_text_has_a_defined_answer(name: str) -> None:
    """It is a complaint, none, or not judged with a reason; every figure is in range; nothing raises."""
    post = Post(id=name, text=NASTY[name])
    [verdict] = verdicts([post], rubric(), NOON)
    given = json.loads(dumps(row(post, verdict)))
    if given["complaint"] is None:
        assert given["reasons"]
        assert not given["reasons"][0].startswith("could not be judged: ")  # the judge failed
        assert (given["probability"], given["severity"], given["severity_score"]) == (None, None, None)
    else:
        assert 0.0 <= given["probability"] <= 1.0
        assert 0.0 <= given["severity_score"] <= 1.0
        assert given["severity"] in ("low", "medium", "high", "critical")


@pytest.mark.parametrize("name", NASTY)
def test_what_is_said_of_a_nasty_text_is_short_and_harmless(name: str) -> None:
    """A reason is a phrase, not the text again, and the line that carries it acts on no terminal."""
    post = Post(id=name, text=NASTY[name], lang="\x1b[31men")
    [verdict] = verdicts([post], rubric(), NOON)
    assert all(len(reason) <= 300 for reason in verdict.reasons)
    assert not controls(dumps(row(post, verdict)))


def test_nasty_texts_change_nothing_about_their_neighbours() -> None:
    """A text is judged the same alone as among all of them."""
    posts = [Post(id=None, text=text) for text in (*NASTY.values(), COMPLAINT)]
    together = verdicts(posts, rubric(), NOON)
    for post, judged in zip(posts, together, strict=True):
        [alone] = verdicts([post], rubric(), NOON)
        assert (alone.topics, alone.lang, alone.reasons) == (judged.topics, judged.lang, judged.reasons)
        assert (alone.probability is None) == (judged.probability is None)
        assert math.isclose(alone.probability or 0.0, judged.probability or 0.0, abs_tol=1e-5)


@pytest.mark.parametrize("game", GAMES)
def test_a_complaint_remains_one_whatever_it_says_of_itself(game: str) -> None:
    """Neither a denial nor an instruction, before or after, talks the judge out of what happened."""
    posts = [Post(id=None, text=text) for text in (f"{COMPLAINT} {game}", f"{game} {COMPLAINT}")]
    assessments = verdicts(posts, rubric(), NOON)
    assert [each.is_complaint for each in assessments] == [True, True]


@pytest.mark.parametrize("game", GAMES)
def test_an_instruction_alone_is_no_complaint(game: str) -> None:
    """Nothing happened to anybody in it."""
    [verdict] = verdicts([Post(id=None, text=game)], rubric(), NOON)
    assert not verdict.is_complaint


def test_markup_hides_no_complaint() -> None:
    """What is a complaint in words is one in HTML."""
    marked = re.sub(r"(\w+)", r"<b>\1</b>", COMPLAINT, count=4)
    [verdict] = verdicts([Post(id=None, text=f"<p>{marked}</p>")], rubric(), NOON)
    assert verdict.is_complaint
