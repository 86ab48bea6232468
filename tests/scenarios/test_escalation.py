"""Stories of alerts that nobody, or somebody, takes care of."""

from datetime import timedelta

from tests.scenarios.conftest import Build
from tests.scenarios.world import World


def test_a_complaint_pages_at_once(world: World) -> None:
    """A complaint that is found opens an alert, and the first step is told in the same turn."""
    post = world.says("acme broke my order", likes=3)
    assert world.terminal.heard == ["opened 1"]
    assert world.terminal.told[0].card.first.mention.text == "acme broke my order"
    assert world.outcome(post) == "opened alert 1"
    assert world.phone.heard == []


def test_what_nobody_takes_goes_through_every_step_of_every_round_and_then_to_the_fallback_once(
    world: World,
) -> None:
    """Unacknowledged, it goes through all steps, all rounds, then to the fallback, and then falls silent."""
    world.says("acme broke my order")
    world.fast_forward(minutes=15)
    assert world.phone.heard == ["escalated 1"]
    world.fast_forward(minutes=30)
    assert world.terminal.heard == ["opened 1", "escalated 1"]
    world.fast_forward(minutes=15)
    assert world.phone.heard == ["escalated 1"] * 2
    world.fast_forward(minutes=30)
    assert world.boss.heard == ["exhausted 1"]
    world.fast_forward(hours=48)
    assert [len(ear.told) for ear in world.ears.values()] == [2, 2, 1]
    assert world.alert().is_open


def test_who_owns_it_is_not_paged_again(world: World) -> None:
    """An acknowledgement stops the escalation for as long as it holds."""
    world.says("acme broke my order")
    world.acks(1, by="maria")
    world.fast_forward(hours=3.9)
    assert world.terminal.heard == ["opened 1"]
    assert world.phone.heard == []
    assert world.alert().assignee == "maria"


def test_to_own_it_is_not_to_answer_it(world: World) -> None:
    """An acknowledgement without a public answer lapses, and the same step is told so."""
    world.says("acme broke my order")
    world.acks()
    world.fast_forward(hours=4)
    assert world.terminal.heard == ["opened 1", "lapsed 1"]
    world.fast_forward(minutes=15)
    assert world.phone.heard == ["escalated 1"]


def test_an_answered_customer_who_stays_quiet_is_content(world: World) -> None:
    """A public answer stops the clock; after the quiet period the alert resolves itself, and tells nobody."""
    post = world.says("acme broke my order")
    world.brand_replies(to=post)
    assert world.alert().answered_at is not None
    world.fast_forward(hours=23)
    assert world.alert().is_open
    world.fast_forward(hours=2)
    assert world.alert().resolution == "answered"
    assert world.terminal.heard == ["opened 1"]
    assert world.answer_to(post) is not None


def test_who_comes_back_after_the_answer_is_heard_again(world: World) -> None:
    """The author's next complaint after the answer triggers the alert again, from the first step."""
    post = world.says("acme broke my order")
    world.brand_replies(to=post)
    back = world.says("that was no answer, acme: still broken!", to=post)
    assert world.alert().returned_at == world.mention(back).mention.created_at
    assert world.terminal.heard == ["opened 1", "came-back 1"]
    assert (world.alert().status, world.alert().answered_at, world.alert().step) == ("triggered", None, 0)


def test_an_old_answer_that_is_seen_again_answers_nothing_new(world: World) -> None:
    """A like on the brand's first reply does not stop the clock of an author who came back since."""
    post = world.says("acme broke my order")
    reply = world.brand_replies(to=post)
    world.says("that was no answer, acme: still broken!", to=post)
    world.spreads(reply, likes=5)
    assert world.alert().answered_at is None
    world.fast_forward(minutes=15)
    assert world.phone.heard == ["escalated 1"]


def test_a_resolved_complaint_can_come_back(world: World) -> None:
    """An author who complains again after the alert was resolved opens it again."""
    post = world.says("acme broke my order")
    world.resolves(1)
    world.fast_forward(minutes=5)
    world.says("acme: it is broken again!", to=post)
    assert world.terminal.heard == ["opened 1", "resolved 1", "came-back 1"]
    assert len(world.alerts) == 1


def test_to_write_twice_is_not_to_page_twice(world: World) -> None:
    """An author who writes again while nobody has answered pages nobody anew; the log has it."""
    post = world.says("acme broke my order")
    second = world.says("acme, it is still broken", to=post)
    assert world.terminal.heard == ["opened 1"]
    assert any("the author wrote again" in reason for reason in world.log())
    assert world.outcome(second) == "joined alert 1: same author, same conversation"


def test_one_conversation_is_one_alert(world: World) -> None:
    """Somebody else's complaint in the conversation joins the alert; one that is worse raises it."""
    post = world.says("acme broke my order")
    world.says("my acme is broken, too", by="ben", to=post)
    assert (world.terminal.heard, len(world.alerts)) == (["opened 1"], 1)
    world.says("acme caught fire and i was in hospital", by="eve", to=post)
    assert world.terminal.heard == ["opened 1", "raised 1"]
    assert world.alert().severity == "critical"
    assert world.terminal.told[-1].card.mentions == 3


def test_the_resolved_complaint_of_a_bystander_stays_resolved(world: World) -> None:
    """A like on what somebody else wrote in the conversation does not page anew after the resolve."""
    post = world.says("acme broke my order")
    other = world.says("my acme is broken, too", by="ben", to=post)
    world.resolves(1)
    world.spreads(other, likes=3)
    assert len(world.alerts) == 1
    assert world.outcome(other) == "belongs to alert 1, which is resolved (answered-in-private)"


def test_a_new_complaint_in_a_settled_conversation_is_a_new_alert(world: World) -> None:
    """After the resolve, somebody else's complaint in the conversation opens an alert of its own."""
    post = world.says("acme broke my order")
    world.resolves(1)
    world.says("my acme is broken, too", by="ben", to=post)
    assert world.terminal.heard == ["opened 1", "resolved 1", "opened 2"]


def test_what_spreads_is_raised(world: World) -> None:
    """An alert whose post passes a spread threshold is raised, whoever owned it, and its delays shrink."""
    post = world.says("acme broke my order")
    world.acks()
    world.spreads(post, likes=110)
    assert world.terminal.heard == ["opened 1", "raised 1"]
    assert (world.alert().status, world.alert().passed) == ("triggered", 1)
    assert world.alert().due_at is not None
    assert world.alert().due_at < world.now + timedelta(minutes=5)  # type: ignore[operator]


def test_a_snooze_ends_on_time(world: World) -> None:
    """A snoozed alert is quiet until the snooze ends, and then tells so."""
    world.says("acme broke my order")
    world.snoozes(1, minutes=60)
    world.fast_forward(minutes=59)
    assert world.terminal.heard == ["opened 1"]
    world.fast_forward(minutes=2)
    assert world.terminal.heard == ["opened 1", "lapsed 1"]
    assert world.terminal.told[-1].reason == "snooze ended"


def test_a_snooze_ends_when_the_post_grows(world: World) -> None:
    """A snooze that was to hold unless engagement passes a number ends when it does, and not before."""
    post = world.says("acme broke my order")
    world.snoozes(1, minutes=60, engagement_above=20)
    world.spreads(post, likes=20)
    assert world.terminal.heard == ["opened 1"]
    world.spreads(post, likes=21)
    assert world.terminal.heard == ["opened 1", "lapsed 1"]


def test_a_snooze_ends_when_the_author_writes(world: World) -> None:
    """By default the author's next complaint ends a snooze; where that was ruled out it does not."""
    post = world.says("acme broke my order")
    world.snoozes(1, minutes=60, author_replies=False)
    world.says("acme: still broken", to=post)
    assert world.terminal.heard == ["opened 1"]
    world.snoozes(1, minutes=60)
    world.says("acme: still broken!!", to=post)
    assert world.terminal.heard == ["opened 1", "came-back 1"]


def test_who_was_told_is_told_of_the_end(world: World) -> None:
    """A resolve is told to everybody who was told of the alert so far, and to nobody else."""
    world.says("acme broke my order")
    world.fast_forward(minutes=15)
    world.resolves(1)
    world.turn()
    assert world.terminal.heard == ["opened 1", "resolved 1"]
    assert world.phone.heard == ["escalated 1", "resolved 1"]
    assert world.boss.heard == []


def test_what_was_withdrawn_never_goes_out(world: World) -> None:
    """A notice that waits for a retry is not sent once somebody acknowledged, nor is its end told."""
    world.terminal.broken = True
    world.says("acme broke my order")
    world.acks(1)
    world.terminal.broken = False
    world.fast_forward(hours=1)
    world.resolves(1)
    world.turn()
    assert world.terminal.heard == []
    assert world.notice_states() == ["opened withdrawn"]


def test_who_is_handed_an_alert_hears_of_it(build: Build) -> None:
    """A person is told where they are reached; one without a route where the alert's step goes, by name."""
    world = build(people={"tom": {"notify": ["phone"]}})
    world.says("acme broke my order")
    world.assigns(1, to="tom")
    world.turn()
    assert [(notice.why, notice.recipient) for notice in world.phone.told] == [("assigned", "tom")]
    world.assigns(1, to="nadia")
    world.turn()
    assert [(notice.why, notice.recipient) for notice in world.terminal.told[1:]] == [("assigned", "nadia")]
    assert world.alert().assignee == "nadia"


def test_an_open_alert_keeps_the_policy_that_it_began_with(world: World) -> None:
    """A policy that is changed meanwhile is that of new alerts; open ones run on under theirs."""
    world.says("acme broke my order")
    steps = [{"notify": ["boss"], "delay": "2h"}]
    world.restarts(policy={"steps": steps, "fallback": None})
    world.says("acme lost my order", by="ben")
    world.fast_forward(minutes=14)
    assert world.phone.heard == ["escalated 1"]
    assert world.boss.heard == ["opened 2"]
    assert [each.state.policy_version for each in world.alerts] == [1, 2]


def test_a_daemon_that_was_away_for_hours_goes_on_one_step_at_a_time(world: World) -> None:
    """After hours without a daemon the next step is told, not all that would have been."""
    world.says("acme broke my order")
    world.daemon.stop()
    world.now += timedelta(hours=9)
    world.begins()
    assert world.phone.heard == ["escalated 1"]
    assert world.terminal.heard == ["opened 1"]
    world.fast_forward(minutes=30)
    assert world.terminal.heard == ["opened 1", "escalated 1"]
