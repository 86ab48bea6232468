from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from monitor.core.mention import Author, Engagement, Kind, Mention
from monitor.store import Store, mentions
from monitor.store.mentions import ASSESS, ESCALATE, Saved, Sighting
from monitor.store.tables import EngagementRow, InboxRow, MentionRow
from tests.store.builders import HOUR, MINUTE, NOON, count, find, judge, post, save, saved

FULL = Mention(
    platform="youtube",
    id="c\x00\ud800",
    kind=Kind.REPLY,
    created_at=NOON - timedelta(microseconds=1),
    author=Author(id="7", handle="m\x00", display_name="\ud800", url="u\uf8f0", followers=2**63 - 1),
    url="https://example.org/\x00",
    title="=1+1",
    text="<script>\x1b[31m[/x]\x00\udfff",
    lang="pt-BR",
    conversation_id="v\x00",
    in_reply_to_id="p\x00",
    edited_at=NOON,
    engagement=Engagement(likes=2**63 - 1, replies=0, reposts=None, quotes=1, views=2),
)
BARE = Mention(platform="blogs", id="1", kind=Kind.ARTICLE, created_at=NOON)


@pytest.mark.parametrize("given", [FULL, BARE], ids=["all fields", "no fields"])
def test_a_mention_comes_back_as_it_was(store: Store, given: Mention) -> None:
    """Every field comes back, hostile text, largest counts and what the platform did not say included."""
    with store.transaction() as connection:
        save(connection, given, at=NOON + MINUTE, own=True, history=True)
        found = mentions.find(connection, "acme", given.platform, given.id)
    assert found is not None
    # a post without a conversation is one of its own
    assert found.mention == replace(given, conversation_id=given.conversation)
    assert (found.brand, found.source, found.own, found.history) == ("acme", "x", True, True)
    assert found.observed_at == NOON + MINUTE


def test_a_platform_may_be_called_anything(store: Store) -> None:
    """A file of mentions may name a platform that a database cannot hold: it does not stop its batch."""
    odd = replace(BARE, platform="x\x00\ud800")
    with store.transaction() as connection:
        assert save(connection, odd, BARE) == Saved(new=2)
        assert save(connection, odd, BARE) == Saved(same=2)


def test_what_is_new_is_counted_and_waits_to_be_assessed(store: Store) -> None:
    """A new mention is counted as new and put in the inbox."""
    with store.transaction() as connection:
        assert save(connection, post("1"), post("2")) == Saved(new=2)
        taken = mentions.take_from_inbox(connection, ASSESS, 10)
    assert [each.mention.id for each in taken] == ["1", "2"]


def test_what_is_seen_again_is_the_same(store: Store) -> None:
    """The same mention again is neither stored nor assessed again."""
    with store.transaction() as connection:
        saved(connection)
        mentions.take_from_inbox(connection, ASSESS, 10)
        assert save(connection, post(), at=NOON + MINUTE) == Saved(same=1)
        assert mentions.take_from_inbox(connection, ASSESS, 10) == []
        assert (count(connection, MentionRow), count(connection, EngagementRow)) == (1, 1)
        assert find(connection).observed_at == NOON


@pytest.mark.parametrize(
    "changed",
    [
        {"text": "acme caught fire"},
        {"title": "Fire"},
        {"engagement": Engagement(likes=2)},
        {"engagement": Engagement(likes=1, views=0)},
    ],
    ids=["text", "title", "likes", "views"],
)
def test_what_changed_is_stored_and_assessed_again(store: Store, changed: dict[str, object]) -> None:
    """Another text or other counts replace the old ones, and are to be assessed."""
    after = replace(post(), **changed)  # type: ignore[arg-type]
    with store.transaction() as connection:
        number = saved(connection)
        mentions.take_from_inbox(connection, ASSESS, 10)
        assert save(connection, after, at=NOON + MINUTE) == Saved(changed=1)
        assert [each.number for each in mentions.take_from_inbox(connection, ASSESS, 10)] == [number]
        found = find(connection)
    assert found.mention == replace(after, conversation_id="1")
    assert found.observed_at == NOON + MINUTE


def test_of_repeats_in_one_batch_the_last_counts(store: Store) -> None:
    """A batch that has a post twice stores it once, as it was last."""
    with store.transaction() as connection:
        assert save(connection, post(), post("2"), post(text="edited")) == Saved(new=2)
        assert find(connection).mention.text == "edited"
        assert count(connection, EngagementRow) == 2


def test_a_post_may_be_a_mention_of_two_brands(store: Store) -> None:
    """Each brand has its own mention of a post, which changes on its own."""
    with store.transaction() as connection:
        assert save(connection, post(), brand="acme") == Saved(new=1)
        assert save(connection, post(), brand="zenith") == Saved(new=1)
        save(connection, post(text="edited"), brand="zenith")
        assert find(connection, brand="acme").mention.text == "acme broke my order"
        assert find(connection, brand="zenith").mention.text == "edited"


def test_an_id_belongs_to_its_platform(store: Store) -> None:
    """The same id on two platforms is two mentions."""
    with store.transaction() as connection:
        assert save(connection, post(), post(platform="reddit")) == Saved(new=2)


def test_another_source_of_the_brand_adds_no_second(store: Store) -> None:
    """A post that two sources of a brand see is one mention, of the source that saw it first."""
    with store.transaction() as connection:
        save(connection, post(), source="search")
        assert save(connection, post(), source="timeline") == Saved(same=1)
        assert find(connection).source == "search"


def test_what_was_erased_is_not_brought_back(store: Store) -> None:
    """A post that was found deleted stays erased, even if a slow index of its platform shows it again."""
    with store.transaction() as connection:
        number = saved(connection)
        mentions.take_from_inbox(connection, ASSESS, 10)
        mentions.erase(connection, [number], NOON + MINUTE)
        assert save(connection, post(), at=NOON + HOUR) == Saved(same=1)
        found = find(connection)
        assert mentions.take_from_inbox(connection, ASSESS, 10) == []
    assert found.deleted_at == NOON + MINUTE
    assert found.mention.text == ""


def test_seeing_it_again_touches_nothing_that_people_or_steps_wrote(store: Store) -> None:
    """A change of counts leaves answer, verdict, own and history as they are."""
    with store.transaction() as connection:
        save(connection, post(), history=True)
        number = find(connection).number
        judge(connection, number)
        mentions.set_outcome(connection, number, "opened alert 1")
        mentions.save_answer(connection, number, reply=None, at=NOON, by="help")
        before = mentions.verdicts(connection, [number])
        save(connection, post(engagement=Engagement(likes=9)), at=NOON + MINUTE)
        assert mentions.verdicts(connection, [number]) == before
        assert find(connection).history
        assert not mentions.save_answer(connection, number, reply=None, at=NOON + HOUR, by="else")


def test_engagement_is_a_series_that_only_grows(store: Store) -> None:
    """Each reading that differs is added to those before; none is changed."""
    with store.transaction() as connection:
        number = saved(connection)
        for minutes, likes in ((1, 5), (2, 5), (3, 4)):
            save(connection, post(engagement=Engagement(likes=likes)), at=NOON + minutes * MINUTE)
        found = mentions.series(connection, [number])[number]
    assert [(at - NOON, counts.likes) for at, counts in found] == [
        (timedelta(), 1),
        (MINUTE, 5),
        (3 * MINUTE, 4),
    ]


def test_more_than_fits_one_statement_is_saved(store: Store) -> None:
    """A batch of more mentions than one IN (...) holds is stored, and recognised, whole."""
    many = [post(str(number)) for number in range(1_201)]
    with store.transaction() as connection:
        assert save(connection, *many) == Saved(new=1_201)
        assert save(connection, *many) == Saved(same=1_201)
        everyone = list(connection.execute(select(mentions.mention.c.number)).scalars())
        assert len(list(mentions.get(connection, everyone))) == 1_201
        assert len(mentions.series(connection, everyone)) == 1_201


# ---------------------------------------------------------------------------------------------- the inbox
def test_each_stage_takes_its_own(store: Store) -> None:
    """A step takes what is of its stage, at most so many, those that came first first."""
    with store.transaction() as connection:
        numbers = [saved(connection, str(number)) for number in range(4)]
        mentions.put_in_inbox(connection, numbers[1:2], ESCALATE)
        assert [each.number for each in mentions.take_from_inbox(connection, ASSESS, 2)] == [
            numbers[0],
            numbers[2],
        ]
        assert [each.number for each in mentions.take_from_inbox(connection, ESCALATE, 9)] == numbers[1:2]
        assert [each.number for each in mentions.take_from_inbox(connection, ASSESS, 9)] == numbers[3:]


def test_what_a_step_takes_is_back_when_it_fails(store: Store) -> None:
    """The inbox is emptied by the same transaction that does the work."""
    with store.transaction() as connection:
        saved(connection)
    with pytest.raises(RuntimeError, match="power cut"):
        _take_and_fail(store)
    with store.reading() as connection:
        assert count(connection, InboxRow) == 1


def _take_and_fail(store: Store) -> None:
    with store.transaction() as connection:
        assert mentions.take_from_inbox(connection, ASSESS, 9)
        raise RuntimeError("power cut")


def test_what_changes_while_it_waits_is_assessed_first(store: Store) -> None:
    """A mention that waits for escalation and changes goes back to be assessed."""
    with store.transaction() as connection:
        number = saved(connection)
        mentions.put_in_inbox(connection, [number], ESCALATE)
        save(connection, post(text="edited"))
        assert mentions.take_from_inbox(connection, ESCALATE, 9) == []
        assert len(mentions.take_from_inbox(connection, ASSESS, 9)) == 1


# ------------------------------------------------------------------------------------- answers and verdicts
def test_the_first_answer_stands(store: Store) -> None:
    """Only the first public answer is stored; the caller is told whether it was."""
    with store.transaction() as connection:
        number = saved(connection)
        assert mentions.save_answer(connection, number, reply=None, at=NOON, by="help\x00")
        assert not mentions.save_answer(connection, number, reply=None, at=NOON + MINUTE, by="other")
        assert connection.execute(select(mentions.answer)).one()[2:] == (NOON, "help\x00")


@pytest.mark.parametrize(
    ("reply", "is_answer"),
    [
        ({"in_reply_to_id": "1"}, True),
        ({"in_reply_to_id": None}, True),
        ({"in_reply_to_id": "else"}, False),
        ({"in_reply_to_id": "1", "created_at": NOON - MINUTE}, False),
        ({"in_reply_to_id": "1", "conversation_id": "else"}, False),
        ({"in_reply_to_id": "1", "platform": "reddit"}, False),
    ],
    ids=["to it", "to nobody", "to another", "before it", "elsewhere", "on another platform"],
)
def test_an_own_reply_in_the_conversation_is_its_answer(
    store: Store, reply: dict[str, object], is_answer: bool
) -> None:
    """A later own post in the same conversation, to the complaint or to nobody, answers it."""
    given = {"created_at": NOON + MINUTE, "conversation_id": "1"} | reply
    with store.transaction() as connection:
        saved(connection)
        save(connection, post("2", "sorry!", **given), own=True)
        found = mentions.own_answer(connection, find(connection))
    assert (found is not None) == is_answer


def test_a_reply_of_somebody_else_is_no_answer(store: Store) -> None:
    """Who is not the brand does not answer for it, nor does an answer that was deleted."""
    with store.transaction() as connection:
        saved(connection)
        reply = {"created_at": NOON + MINUTE, "conversation_id": "1", "in_reply_to_id": "1"}
        save(connection, post("2", "same here", **reply))
        save(connection, post("3", "sorry!", **reply), own=True)
        mentions.erase(connection, [find(connection, "3").number], NOON)
        assert mentions.own_answer(connection, find(connection)) is None


def test_the_latest_verdict_replaces_the_one_before(store: Store) -> None:
    """A mention has one verdict, with all that was said of it."""
    with store.transaction() as connection:
        number = saved(connection, text="acme: refund, third time!")
        judge(connection, number)
        save(connection, post(text="lovely acme"))
        judge(connection, number, at=NOON + MINUTE)
        verdict = mentions.verdicts(connection, [number])[number]
    assert (verdict.complaint, verdict.assessed_at) == (False, NOON + MINUTE)
    assert [limit for limit, _ in verdict.passing] == [100, 1_000, 10_000]


def test_sightings_say_what_is_own_and_what_is_history(store: Store) -> None:
    """Own and history are kept for each mention of a batch."""
    with store.transaction() as connection:
        mentions.save(
            connection,
            brand="acme",
            source="x",
            sightings=[Sighting(mention=post("1"), own=True), Sighting(mention=post("2"), history=True)],
            observed_at=NOON,
        )
        assert [(find(connection, each).own, find(connection, each).history) for each in "12"] == [
            (True, False),
            (False, True),
        ]
