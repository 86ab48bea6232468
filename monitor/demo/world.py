"""What happens in a story: people, their posts, and what becomes of them. No network here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.core.mention import Engagement


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account. `id` is the platform's id, `handle` has no leading `@`."""

    id: str
    handle: str
    name: str
    followers: int = 100


@dataclass(slots=True, kw_only=True)
class Post:
    """Anything that is published: a post, a comment, a video or an article, by `place`.

    `place` is a subreddit, a video id, a channel id or a feed path; empty where the platform has none.
    `reply_to` is the post that it answers. `engagement` is a series of (instant, counts), oldest first;
    `edits` one of (instant, text). After `deleted_at` the platform no longer has it; with `removed`, it was
    a moderator (Reddit shows "[removed]" then, not "[deleted]").
    """

    id: str
    author: Person | None
    text: str
    at: datetime
    title: str = ""
    lang: str = "en"
    place: str = ""
    video: bool = False
    reply_to: "Post | None" = None
    engagement: Sequence[tuple[datetime, Engagement]] = ()
    edits: Sequence[tuple[datetime, str]] = ()
    deleted_at: datetime | None = None
    removed: bool = False

    def text_at(self, now: datetime) -> str:
        """Return the text as it stands at `now`."""
        return next((text for at, text in reversed(self.edits) if at <= now), self.text)

    def edited_at(self, now: datetime) -> datetime | None:
        """Return when it was last edited, up to `now`."""
        return next((at for at, _ in reversed(self.edits) if at <= now), None)

    def engagement_at(self, now: datetime) -> Engagement:
        """Return the counts that the platform shows at `now`: zeros before the first."""
        zero = Engagement(likes=0, replies=0, reposts=0, quotes=0, views=0)
        return next((counts for at, counts in reversed(self.engagement) if at <= now), zero)

    def root(self) -> "Post":
        """Return the post that began the conversation."""
        return self.reply_to.root() if self.reply_to else self


@dataclass(slots=True)
class World:
    """The posts of one platform, seen from any instant."""

    posts: list[Post] = field(default_factory=list)

    def say(self, post: Post) -> Post:
        """Add `post` and return it."""
        self.posts.append(post)
        return post

    def at(self, now: datetime) -> list[Post]:
        """Return the posts that are published at `now`, deleted ones included, newest first."""
        published = [post for post in self.posts if post.at <= now]
        return sorted(published, key=lambda post: (post.at, post.id), reverse=True)

    def standing(self, now: datetime) -> list[Post]:
        """Return the posts that are published and not deleted at `now`, newest first."""
        return [post for post in self.at(now) if post.deleted_at is None or post.deleted_at > now]
