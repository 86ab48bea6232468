import json
import re
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.models import FOLDER
from monitor.models.fitting import corpus
from monitor.models.fitting.corpus import Item, Malformed, parse, parts, shared_runs, twins
from monitor.models.fitting.make import card

OTHERS = Path(__file__).parents[2].parent / "shared" / "data" / "complaints"
STRANGERS = Path(__file__).parents[1] / "benchmarks" / "strangers.jsonl"
LINE = "2/3 story reddit refund,no_answer money,chasing :: Paid twice.\\nNo :: answer."


@pytest.fixture(scope="module")
def items() -> list[Item]:
    """Return the whole corpus."""
    return corpus.read()


def item(place: str, text: str = "text") -> Item:
    """Return an item at a place."""
    return parse(f"0 chat x - - :: {text}", place=place, lang="en")


def test_a_line_is_read() -> None:
    """Its labels, and the text with its line breaks."""
    read = parse(LINE, place="en-a.txt:1", lang="en")
    assert (read.severity, read.reproach, read.complaint) == (2, 3, True)
    assert (read.kind, read.platform, read.lang) == ("story", "reddit", "en")
    assert read.topics == {"refund", "no_answer"}
    assert read.cues == {"money", "chasing"}
    assert read.text == "Paid twice.\nNo :: answer."


def test_what_does_not_complain_has_no_severity() -> None:
    """Its label is 0, its lists are empty."""
    read = item("en-a.txt:1")
    assert (read.severity, read.reproach, read.complaint) == (0, 0, False)
    assert read.topics == read.cues == frozenset()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (LINE.replace("2/3", "5/1"), "no label 5/1"),
        (LINE.replace("2/3", "0/1"), "no label 0/1"),
        (LINE.replace("2/3", "bad"), "invalid literal|not enough"),
        (LINE.replace("story", "praise"), "no kind praise"),
        (LINE.replace("2/3", "0"), "no kind story"),
        (LINE.replace("reddit", "telex"), "no platform telex"),
        (LINE.replace("refund", "weather"), "none of weather is known"),
        (LINE.replace("money", "refund"), "none of refund is known"),
        (LINE.replace(" :: ", " "), "not enough values"),
    ],
)
def test_a_malformed_line_is_named(line: str, why: str, tmp_path: Path) -> None:
    """The error tells the file, the line and what is wrong with it."""
    (tmp_path / "en-a.txt").write_text(f"# remark\n\n{line}\n")
    with pytest.raises(Malformed, match=rf"^en-a.txt:3: .*({why})"):
        corpus.read(tmp_path)


def test_files_are_read_in_order(tmp_path: Path) -> None:
    """By name, with the language that the name begins with; remarks and empty lines are left out."""
    (tmp_path / "fr-b.txt").write_text("# remark\n\n0 chat x - - :: deux\n")
    (tmp_path / "en-a.txt").write_text("0 chat x - - :: one\n")
    assert [(each.place, each.lang, each.text) for each in corpus.read(tmp_path)] == [
        ("en-a.txt:1", "en", "one"),
        ("fr-b.txt:3", "fr", "deux"),
    ]


@given(st.lists(st.tuples(st.sampled_from(["en-a.txt", "fr-b.txt"]), st.integers(1, 400)), unique=True))
def test_neighbours_are_held_back_together(places: list[tuple[str, int]]) -> None:
    """Each item is in one of the two parts, in order, and lines of one block of ten are in the same."""
    given_items = [item(f"{name}:{line}") for name, line in places]
    kept, held_back = parts(given_items)
    assert sorted(map(given_items.index, kept + held_back)) == list(range(len(given_items)))
    assert kept == [each for each in given_items if each in kept]
    blocks = defaultdict(set)
    for each in given_items:
        name, line = each.place.split(":")
        blocks[name, int(line) // 10].add(each in kept)
    assert all(len(sides) == 1 for sides in blocks.values())


def test_a_tenth_is_held_back(items: list[Item]) -> None:
    """Of the whole corpus, in every language."""
    held_back = parts(items)[1]
    assert 0.07 < len(held_back) / len(items) < 0.13
    assert {each.lang for each in held_back} == {"en", "es", "de", "fr", "pt"}


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("@acme my order 123 never came", "@other my order 9 never came", True),
        ("my order never came and nobody writes back", "My order never came, and nobody writes!", True),
        ("my order never came", "the crew was lovely on the way home", False),
        ("thank you", "thank you", False),  # one pair of words is no template
    ],
)
def test_twins(one: str, other: str, found: bool) -> None:
    """A template filled twice is found, numbers and handles apart; other texts are not."""
    assert twins([one, "what a fine day for the sea", other]) == ([(2, 0)] if found else [])


def test_the_corpus_has_few_twins(items: list[Item]) -> None:
    """Fewer than 3 in 100 of its texts were written twice."""
    assert len(twins(each.text for each in items)) < 0.03 * len(items)


def test_runs_that_two_texts_share() -> None:
    """Runs of so many words, in any case, whatever stands between them."""
    assert shared_runs(["It is LATE, again."], ["why is it late again?"], length=2) == {
        ("late", "again"),
    }
    assert shared_runs(["one two three"], ["one two four"], length=3) == set()


def test_nothing_is_taken_from_the_sets_it_is_measured_on(items: list[Item]) -> None:
    """No run of eight words stands in the corpus and in one of the development sets."""
    if not OTHERS.is_dir():
        pytest.skip(f"the development sets are not in {OTHERS}")
    others = [
        json.loads(line)["text"]
        for path in sorted(OTHERS.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert others
    assert shared_runs((each.text for each in items), others) == set()


def test_strangers_posts_are_none_of_the_corpus(items: list[Item]) -> None:
    """They measure what is new to the model: not even six words in a row are known to it."""
    strangers = [json.loads(line)["text"] for line in STRANGERS.read_text(encoding="utf-8").splitlines()]
    assert shared_runs((each.text for each in items), strangers, length=6) == set()


def test_no_text_has_the_address_of_a_person(items: list[Item]) -> None:
    """Addresses of mail are those of examples."""
    for each in items:
        for address in re.findall(r"[\w.+-]+@[\w-]+\.[\w.]+", each.text):
            assert "example" in address, each.place


def test_the_shipped_model_is_of_this_corpus(items: list[Item]) -> None:
    """The card beside the model has the digest of the corpus in the tree: fitted after the last change."""
    assert json.loads((FOLDER / "card.json").read_text()) == card(items)


def test_another_text_or_label_is_another_corpus(items: list[Item]) -> None:
    """The digest tells a corpus from one that differs in a word, a label or the order."""
    few = items[:50]
    mixed = few[::-1]
    changed = [item("en-a.txt:1", "other"), *few[1:]]
    assert len({str(card(each)["corpus"]) for each in (few, mixed, changed, few[1:])}) == 4
