"""The story that the demo tells: some hours in the life of Kettlewell, who make kettles.

It is seeded: the same seed tells the same story. Instants count in minutes from its start.
"""

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from monitor.core.mention import Author, Engagement, Kind, Mention
from monitor.core.weekly import Week
from monitor.demo import youtube
from monitor.demo.lines import CHATTER, GRUMBLES, WARM_WORDS
from monitor.demo.world import Person, Post, World

LENGTH = timedelta(hours=6)
BRAND = "Kettlewell"
CHANNEL = youtube.channel_id("kettlewell")

HELP_X = Person(id="5001", handle="KettlewellHelp", name="Kettlewell Help", followers=18_400)
HELP_REDDIT = Person(id="kwhelp", handle="kettlewell_help", name="Kettlewell Help", followers=0)
HELP_YOUTUBE = Person(id=CHANNEL, handle="@kettlewell", name="Kettlewell", followers=52_000)

_HANDLES = (
    *(("mara_lindt", 8_200), ("tom_okafor", 310), ("priya_s", 1_150), ("jo_marsh", 95), ("lena_k", 640)),
    *(("old_sam", 42), ("rosie_b", 2_300), ("dan_webb", 150), ("noor_a", 480), ("bea_field", 77)),
)
_PEOPLE = tuple(
    Person(id=str(7000 + number), handle=handle, name=handle.replace("_", " ").title(), followers=followers)
    for number, (handle, followers) in enumerate(_HANDLES)
)


class Does(StrEnum):
    """What somebody on call does about an alert."""

    ACKNOWLEDGE = "ack"
    ASSIGN = "assign"
    NOTE = "note"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """At `at`, `by` acts on the alert about `post`; `more`: whom to assign, what to note, why to resolve."""

    at: datetime
    by: str
    does: Does
    post: Post
    platform: str
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishap:
    """At `at`, a platform fails in the way that `what` says."""

    at: datetime
    platform: str
    what: str


@dataclass(slots=True)
class Story:
    """What happens where (`worlds`, by platform), what is done about it, and what goes wrong."""

    start: datetime
    worlds: dict[str, World]
    deeds: list[Deed] = field(default_factory=list)
    mishaps: list[Mishap] = field(default_factory=list)
    last_week: list[Mention] = field(default_factory=list)
    landmarks: dict[str, Post] = field(default_factory=dict)  # what the end of the demo points back to

    @property
    def end(self) -> datetime:
        """When it is over."""
        return self.start + LENGTH

    def minute(self, minutes: float) -> datetime:
        """Return the instant `minutes` after the start; negative ones lie before it."""
        return self.start + timedelta(minutes=minutes)


def beginning(now: datetime) -> datetime:
    """Return when a story that ends at `now` begins; one that would run into a new week ends before it."""
    monday = Week.of(now).within().start
    return now - LENGTH if now - LENGTH >= monday else monday - LENGTH - timedelta(minutes=1)


def tell(seed: int, start: datetime) -> Story:
    """Return the story of `seed`, beginning at `start`."""
    story = Story(start, {name: World() for name in ("twitter", "reddit", "youtube", "blogs")})
    draw = random.Random(seed)  # noqa: S311 - a story, not a secret
    _chat(story, draw)
    _remember_last_week(story, draw)
    for scene in (_fire, _chased_refund, _quick_answer, _comes_back, _ombudsman, _edited, _deleted, _mishaps):
        scene(story)
    return story


# -------------------------------------------------------------------------------------------------- chatter
def _chat(story: Story, draw: random.Random) -> None:
    """Scatter ordinary talk over the week before and over the story itself."""
    say = (_on_x, _on_reddit, _on_youtube)
    video = _video(story, "Kettlewell K2: a quiet morning", -3_000)
    story.worlds["youtube"].say(video)
    for _ in range(170):
        minutes = draw.choice((draw.uniform(-8_600, -60), draw.uniform(0, 355)))
        words = draw.choice(GRUMBLES) if draw.random() < 0.05 else draw.choice(CHATTER)  # noqa: PLR2004
        draw.choice(say)(story, draw, minutes, words)
    for number, title in enumerate(("Five kettles, one winner", "What we drank this week")):
        place, at = "/tea-notes.xml", story.minute(-4_000 + 300 * number)
        text = f"{title}. The {BRAND} did well in our test and looks good too."
        author = draw.choice(_PEOPLE)
        story.worlds["blogs"].say(
            Post(id=f"b{number}", author=author, text=text, title=title, at=at, place=place)
        )


def _likes(at: datetime, draw: random.Random) -> list[tuple[datetime, Engagement]]:
    likes = draw.randrange(12)
    return [(at + timedelta(minutes=20), Engagement(likes=likes, replies=likes // 4, reposts=likes // 6))]


def _on_x(story: Story, draw: random.Random, minutes: float, words: str) -> None:
    at, world = story.minute(minutes), story.worlds["twitter"]
    person = draw.choice(_PEOPLE)
    post = Post(id=f"x{len(world.posts)}", author=person, text=words, at=at, engagement=_likes(at, draw))
    world.say(post)


def _on_reddit(story: Story, draw: random.Random, minutes: float, words: str) -> None:
    at, world = story.minute(minutes), story.worlds["reddit"]
    title = words.partition(".")[0][:80]
    identity = f"s{len(world.posts):03d}"
    person = draw.choice(_PEOPLE)
    world.say(Post(id=identity, author=person, title=title, text=words, at=at, place="kettles"))


def _on_youtube(story: Story, draw: random.Random, minutes: float, words: str) -> None:
    """Say it under the brand's own video, where nobody needs to name the brand."""
    world = story.worlds["youtube"]
    words = draw.choice(WARM_WORDS) if words in CHATTER else words
    identity = youtube.thread_id(f"chat{len(world.posts)}")
    video = youtube.video_id("Kettlewell K2: a quiet morning")
    at = max(story.minute(minutes), story.minute(-2_900))
    world.say(Post(id=identity, author=draw.choice(_PEOPLE), text=words, at=at, place=video))


def _video(story: Story, title: str, minutes: float) -> Post:
    identity = youtube.video_id(title)
    about = f"{title}. More at the {BRAND} website."
    at = story.minute(minutes)
    return Post(id=identity, author=HELP_YOUTUBE, title=title, text=about, at=at, place=CHANNEL, video=True)


def _remember_last_week(story: Story, draw: random.Random) -> None:
    """Fill the week before: less talk, fewer grumbles, and slower answers than in the story."""
    help_desk = Author(id=HELP_X.id, handle=HELP_X.handle, followers=HELP_X.followers)
    for number in range(70):
        at, person = story.minute(draw.uniform(-17_000, -8_700)), draw.choice(_PEOPLE)
        grumbles = number % 8 == 0
        post = Mention(
            platform=draw.choice(("twitter", "twitter", "reddit", "youtube")),
            id=f"last-week-{number}",
            kind=Kind.POST,
            created_at=at,
            author=Author(id=person.id, handle=person.handle, followers=person.followers),
            text=draw.choice(GRUMBLES if grumbles else CHATTER),
            lang="en",
        )
        story.last_week.append(post)
        if grumbles and post.platform == "twitter":
            answered_at = at + timedelta(minutes=draw.uniform(60, 400))
            text = "Sorry about this! Please send us your order number."
            reply = replace(post, id=f"{post.id}-a", kind=Kind.REPLY, author=help_desk, text=text)
            reply = replace(reply, in_reply_to_id=post.id, conversation_id=post.id, created_at=answered_at)
            story.last_week.append(reply)


# --------------------------------------------------------------------------------------------------- scenes
def _fire(story: Story) -> None:
    """Let a kettle catch fire: the post spreads, the first step goes unheard, and Maria takes it."""
    at = story.minute(12)
    growth = [(5, 40), (12, 160), (20, 420), (35, 900), (60, 1_900), (100, 2_800), (160, 3_300)]
    post = Post(
        id="fire",
        author=_PEOPLE[0],
        text=f"My {BRAND} K2 caught fire on the counter this morning. Burnt my hand, spent three hours in "
        "hospital. Anyone else? @KettlewellHelp are you going to do something before somebody is killed",
        at=at,
        engagement=[
            (
                at + timedelta(minutes=age),
                Engagement(likes=acts * 6 // 10, reposts=acts * 3 // 10, replies=acts // 10),
            )
            for age, acts in growth
        ],
    )
    x = story.worlds["twitter"]
    story.landmarks["fire"] = x.say(post)
    x.say(
        _reply(
            "fire-2", post, _PEOPLE[6], f"same problem here, our {BRAND} K2 was smoking too", story.minute(48)
        )
    )
    answer = (
        "Mara, we are so sorry. Please stop using the K2. We have called the hospital's number that you sent "
        "us, a replacement and our safety engineer are on the way, and we will report here what we find."
    )
    x.say(_reply("fire-3", post, HELP_X, answer, story.minute(96)))
    doing = partial(Deed, by="maria", post=post, platform="twitter")
    story.deeds += [
        doing(at=story.minute(52), does=Does.ACKNOWLEDGE),
        doing(at=story.minute(58), does=Does.ACKNOWLEDGE),
        doing(at=story.minute(70), does=Does.NOTE, more="safety engineer called, batch 2231 held back"),
    ]


def _chased_refund(story: Story) -> None:
    """Let a refund be chased on Reddit: nobody takes it, and it goes round the policy."""
    post = Post(
        id="refund",
        author=_PEOPLE[1],
        title=f"{BRAND} still owes me a refund, third time of asking",
        text=f"Returned a broken {BRAND} Classic two months ago. No reply to five emails, then the same "
        "template twice. Why is it not as important to them as it is to me?",
        at=story.minute(34),
        place="kettles",
        engagement=[
            (story.minute(80), Engagement(likes=64, replies=19)),
            (story.minute(200), Engagement(likes=210, replies=41)),
        ],
    )
    story.worlds["reddit"].say(post)
    words = f"Same here, {BRAND} ignored me for weeks."
    reddit = story.worlds["reddit"]
    reddit.say(_reply("refund2", post, _PEOPLE[8], words, story.minute(110)))
    earlier = Post(
        id="older", author=_PEOPLE[5], title=f"{BRAND} filter", text="Which?", at=story.minute(-900)
    )
    earlier.place = "kettles"
    reddit.say(earlier)
    reddit.say(_reply("older2", earlier, HELP_REDDIT, "The blue one fits, Sam.", story.minute(-840)))


def _quick_answer(story: Story) -> None:
    """Let the brand answer a comment under its video at once, before uproar looks: nobody is paged."""
    thread = youtube.thread_id("charged")
    post = Post(
        id=thread,
        author=_PEOPLE[2],
        text="You charged me twice for one kettle and I want my money back, please fix this.",
        at=story.minute(59.5),
        place=youtube.video_id("Kettlewell K2: a quiet morning"),
    )
    world = story.worlds["youtube"]
    story.landmarks["quickly answered"] = world.say(post)
    answer = "Sorry about that! The second payment went back to your card today."
    reply = _reply(youtube.reply_id(thread, "a"), post, HELP_YOUTUBE, answer, story.minute(59.9))
    reply.place = post.place
    world.say(reply)


def _comes_back(story: Story) -> None:
    """Let a late parcel be owned and answered, and its customer come back, because nothing arrived."""
    post = Post(
        id="late",
        author=_PEOPLE[3],
        text=f"Still waiting for my {BRAND}, been delayed for three weeks and no answer from anybody.",
        at=story.minute(118),
        engagement=[(story.minute(150), Engagement(likes=9, replies=2, reposts=1))],
    )
    x = story.worlds["twitter"]
    x.say(post)
    x.say(
        _reply(
            "late-2",
            post,
            HELP_X,
            "So sorry, Jo! It left the depot, you should have it by noon.",
            story.minute(140),
        )
    )
    words = f"@KettlewellHelp noon has come and gone, still not here. Useless. Cancel my order, {BRAND}."
    x.say(_reply("late-3", post, _PEOPLE[3], words, story.minute(262)))
    story.deeds += [
        Deed(at=story.minute(127), by="tom", does=Does.ACKNOWLEDGE, post=post, platform="twitter"),
        Deed(at=story.minute(280), by="tom", does=Does.ASSIGN, post=post, platform="twitter", more="maria"),
    ]


def _ombudsman(story: Story) -> None:
    """Let a blog take it to the ombudsman."""
    post = Post(
        id="b-ombudsman",
        author=_PEOPLE[4],
        title=f"Why I am taking {BRAND} to the ombudsman",
        text=f"Overcharged, ignored for two months, passed from one agent to the next: {BRAND} has lost a "
        "customer, and the ombudsman and trading standards have my file.",
        at=story.minute(152),
        place="/tea-notes.xml",
    )
    story.worlds["blogs"].say(post)
    doing = partial(Deed, by="maria", post=post, platform="blogs")
    story.deeds += [
        doing(at=story.minute(170), does=Does.ACKNOWLEDGE),
        doing(at=story.minute(236), does=Does.RESOLVE, more="answered-in-private"),
    ]


def _edited(story: Story) -> None:
    """Let a harmless question become a complaint when its author edits it."""
    question = f"Has anybody else got the new {BRAND} firmware on their K2?"
    worse = f"{question} EDIT: the update broke it, support hung up on me twice and nobody answers my emails."
    post = Post(
        id="edited",
        author=_PEOPLE[7],
        title=f"{BRAND} K2 firmware?",
        text=question,
        at=story.minute(175),
        place="kettles",
        edits=[(story.minute(190), worse)],
    )
    story.worlds["reddit"].say(post)


def _deleted(story: Story) -> None:
    """Let a complaint be deleted by its author: it is erased here, too, and its alert closes."""
    post = Post(
        id="regret",
        author=_PEOPLE[9],
        text=f"{BRAND} charged me twice for a faulty kettle and won't refund me. Never again.",
        at=story.minute(206),
        deleted_at=story.minute(244),
    )
    story.worlds["twitter"].say(post)


def _mishaps(story: Story) -> None:
    story.mishaps += [
        Mishap(at=story.minute(88), platform="twitter", what="429"),
        Mishap(at=story.minute(131), platform="reddit", what="503"),
        Mishap(at=story.minute(290), platform="youtube", what="quota"),
    ]


def _reply(identity: str, to: Post, author: Person, text: str, at: datetime) -> Post:
    return Post(id=identity, author=author, text=text, at=at, reply_to=to)
