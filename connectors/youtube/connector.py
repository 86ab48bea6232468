"""The walk over YouTube's listings, one page a step, with everything that it must remember in the cursor."""

import copy
import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from connectors.youtube import trail
from connectors.youtube.api import Api, next_token
from connectors.youtube.options import (
    YouTubeCredentials,
    YouTubeOptions,
    channels_of,
    compile_search,
    notes_on,
    read_api_key,
    read_source,
)
from connectors.youtube.reading import PLATFORM, read
from connectors.youtube.refusal import Absent, Denied, Down, Missing, StaleToken, dig, items
from connectors.youtube.trail import State, part_of
from monitor.connector import (
    JSON,
    Batch,
    ConnectorError,
    Cursor,
    Gone,
    Kind,
    Malformed,
    Mention,
    Meter,
    Payload,
    Per,
    QuotaExhausted,
    RateLimit,
    Source,
    Unauthorized,
    Unavailable,
    read_options,
    why_not,
)

_log = logging.getLogger(__name__)
_ZONE = "America/Los_Angeles"
_VIDEO_ID = 11  # characters; comment ids are longer


class YouTubeConnector:
    """Comments on the brand's channels, videos that name the brand, and the comments under those."""

    Options = YouTubeOptions
    Credentials = YouTubeCredentials
    platform = PLATFORM
    sdk = ("httplib2", "googleapiclient.discovery")

    def __init__(self, source: Source, credentials: Mapping[str, str], meter: Meter) -> None:
        self._options = options = read_source(source)
        key = read_api_key(read_options(YouTubeCredentials, credentials, where="credentials"))
        self._query, self._meter = source.query, meter
        self._lost: dict[str, ConnectorError] = {}
        self._channels = channels_of(source.query) if "channel" in options.watch else []
        self._limits = (
            RateLimit(bucket="units", units=options.daily_units, per=Per.DAY, zone=_ZONE),
            RateLimit(bucket="search", units=options.daily_searches, per=Per.DAY, zone=_ZONE),
        )
        self._api = Api(
            key, endpoint=options.endpoint, timeout=options.timeout, limits=self._limits, meter=meter
        )

    @property
    def limits(self) -> Sequence[RateLimit]:
        """The project's daily units, and its daily searches; both begin anew at midnight in California."""
        return self._limits

    def notes(self) -> Sequence[str]:
        """Return what of the query YouTube cannot express, and what the last pull could not read."""
        lost = [f"{part} cannot be read: {error}" for part, error in self._lost.items()]
        return [*notes_on(self._options, self._query), *lost]

    def pull(self, cursor: Cursor) -> Iterator[Batch]:
        """Yield a batch a page: the channels' comments, the search when due, the comments of found videos.

        A channel or a search that is refused leaves the rest unaffected, and nothing is covered. It is raised
        at the end where trying again may help, or if nothing else was read.
        """
        state = trail.opened(cursor)
        lost: dict[str, ConnectorError] = {}
        try:
            if not state["todo"]:
                self._plan(state)
            has_read = False
            while state["todo"]:
                part, before = part_of(state), copy.deepcopy(state)
                try:
                    yield from self._step(state)
                    has_read = has_read or part != "videos"
                except (Gone, Denied, Unavailable) as error:
                    if isinstance(error, Down) or part.startswith("video"):
                        raise
                    lost[part], state = error, before
                    trail.leave_out(state)
            self._tell(lost, has_read=has_read)
            if lost:
                yield Batch(payloads=(), cursor=copy.deepcopy(state))
            for each in lost.values():
                if isinstance(each, Unavailable) and not isinstance(each, Missing):
                    raise each
        finally:
            self._api.close()

    def normalise(self, payload: Payload) -> Mention:
        """Return the mention in a comment thread, comment or video. Raises `Malformed`."""
        return read(payload)

    def refresh(self, ids: Sequence[str]) -> Iterator[Payload]:
        """Yield the present payload of each comment and video that is still public."""
        asked = dict.fromkeys(ids)
        replies = [one for one in asked if "." in one]
        comments = [one for one in asked if len(one) > _VIDEO_ID and "." not in one]
        parents = [one.partition(".")[0] for one in replies]  # a reply alone does not say under which video
        try:
            yield from self._api.by_id("videos", [one for one in asked if len(one) <= _VIDEO_ID])
            threads = {
                dig(one, "id"): one for one in self._api.by_id("commentThreads", [*comments, *parents])
            }
            yield from (threads[one] for one in comments if one in threads)
            for reply in self._api.by_id("comments", replies):
                yield _placed(reply, threads.get(str(dig(reply, "id")).partition(".")[0]))
        finally:
            self._api.close()

    def replies(self, mention: Mention, since: datetime) -> Iterator[Payload]:
        """Yield the comments under a video, or the replies in a comment's thread, made since then."""
        try:
            if mention.kind is Kind.VIDEO:
                yield from self._under_video(mention.id, since)
            else:
                video = parse_qs(urlsplit(mention.url or "").query).get("v", [None])[0]
                for reply in self._api.replies_to(mention.conversation):
                    if not _is_older(reply, since):
                        yield _placed(reply, {"snippet": {"videoId": video}})
        except Absent:
            return
        finally:
            self._api.close()

    def _tell(self, lost: Mapping[str, ConnectorError], *, has_read: bool) -> None:
        """Log what is newly lost; raise it if nothing else was read: first what the operator must mend."""
        for part in lost.keys() - self._lost.keys():
            _log.warning("part=%s is left out of the pull: %s", part, lost[part])
        self._lost = dict(lost)
        if lost and not has_read:
            raise next(
                error
                for kind in (Unauthorized, Unavailable, Gone)
                for error in lost.values()
                if isinstance(error, kind)
            )

    def _plan(self, state: State) -> None:
        """Write down what this pull has to do, and which interval it may claim once all of it is done."""
        now = self._meter.now()
        parts = [f"channel:{channel}" for channel in self._channels]
        complete = True
        if "search" in self._options.watch:
            complete = trail.is_due(state, "search", now)
            parts += ["search"] if complete else []
        claim = trail.claim(state, parts, self._backfill()) if complete else None
        trail.begin(state, [*parts, *(["videos"] if "threads" in self._options.watch else [])], now, claim)

    def _step(self, state: State) -> Iterator[Batch]:
        """Yield one page of the first thing that is still to do."""
        kind, _, target = state["todo"][0].partition(":")
        try:
            payloads = self._page(state, kind, target)
        except Unavailable:
            if kind == "video":  # one bad video must not hold up the channels and the others
                trail.set_aside(state, self._meter.now())
                yield Batch(payloads=(), cursor=copy.deepcopy(state), covers=trail.proved(state))
            raise
        covers = trail.proved(state)
        yield Batch(
            payloads=payloads,
            cursor=copy.deepcopy(state),
            covers=covers,
            addressed=kind not in ("search", "videos"),
        )

    def _page(self, state: State, kind: str, target: str) -> list[Payload]:
        if kind == "search":
            return self._search_page(state)
        if kind == "channel":
            return self._channel_page(state, target)
        if kind == "videos":
            trail.plan_videos(state, self._meter.now(), timedelta(days=self._options.follow_days))
            return []
        try:
            return self._threads_page(state, self._options.follow_pages, videoId=target)
        except Absent:
            trail.give_up(state, target)
            return []

    def _channel_page(self, state: State, channel: str) -> list[Payload]:
        try:
            return self._threads_page(state, allThreadsRelatedToChannelId=channel)
        except Absent as absent:
            raise Gone(f"the comments of channel {channel} cannot be read: {absent}") from absent

    def _search_page(self, state: State) -> list[Payload]:
        """Return the videos of one page that were not seen before, and follow those that name the brand."""
        walk = trail.walk(state, self._meter.now(), self._floor(state, "search"))
        try:
            page = self._api.search(
                q=compile_search(self._query)[0],
                publishedAfter=walk["floor"],
                publishedBefore=walk["asked"],
                pageToken=walk["token"],
            )
        except QuotaExhausted as error:
            if set(self._options.watch) == {"search"}:
                raise
            trail.skip(state, error.resets_at)  # the comments have a budget of their own
            return []
        results = items(page, "items")
        found = [(dig(one, "id", "videoId"), one) for one in results]
        news = [one for one, result in found if one and trail.is_news(state, "search", one, result)]
        payloads = self._videos(list(map(str, news)), {one: result for one, result in found if one})
        for video in payloads:
            self._follow(state, video)
        every = timedelta(minutes=self._options.search_every_minutes)
        trail.turn(state, page, results, pages=self._options.search_pages, every=every)
        return payloads

    def _videos(self, ids: list[str], results: Mapping[str, JSON]) -> list[Payload]:
        """Return found videos in full; where that cannot be had, with what the search itself says of them."""
        try:
            full = {dig(one, "id"): one for one in self._api.by_id("videos", ids)}
        except (Denied, Missing) as error:
            full = {}
            _log.warning("videos are known by the search alone: %s", error)
        return [full.get(one) or _as_video(one, results[one]) for one in ids]

    def _follow(self, state: State, video: Payload) -> None:
        """Remember a video that names the brand, so that its comments are read (own ones are anyway)."""
        if "threads" not in self._options.watch or dig(video, "snippet", "channelId") in self._channels:
            return
        try:
            mention = read(video)
        except Malformed:
            return
        if why_not(mention, self._query) is None:
            trail.follow(state, mention.id, self._meter.now())

    def _threads_page(self, state: State, pages: int | None = None, **where: str) -> list[Payload]:
        """Return what is new or changed on one page of comment threads, replies included."""
        part = part_of(state)
        walk = trail.walk(state, self._meter.now(), self._floor(state, part))
        try:
            page = self._api.threads(walk["token"], **where)
        except StaleToken:
            if not trail.restart(state):
                raise
            return []
        floor = trail.read_moment(walk["floor"])
        unless_before = None if trail.is_first_sight(state, part) else floor
        threads = items(page, "items")
        payloads: list[Payload] = []
        for thread in threads:
            is_met = trail.is_met(state, part, dig(thread, "id"))
            if trail.is_news(state, part, dig(thread, "id"), thread, unless_before=unless_before):
                in_hand = not is_met and _is_older(thread, floor)  # more of it would cost a unit
                payloads += _in_hand(thread) if in_hand else self._whole(thread, floor)
        trail.turn(state, page, threads, pages=pages)
        return payloads

    def _whole(self, thread: JSON, floor: datetime) -> list[Payload]:
        """Return a thread's first comment, and those of its replies that are not older than `floor`."""
        if not isinstance(thread, Mapping):
            return [{"odd": thread}]
        replies = items(thread, "replies", "comments")
        total = dig(thread, "snippet", "totalReplyCount")
        if isinstance(total, int) and total > len(replies):
            try:
                replies = list(self._api.replies_to(str(thread.get("id"))))
            except Absent:  # deleted since it was listed
                replies = []
        top = {key: value for key, value in thread.items() if key != "replies"}
        return [top, *(_placed(reply, thread) for reply in replies if not _is_older(reply, floor))]

    def _under_video(self, video: str, since: datetime) -> Iterator[Payload]:
        token = None
        for _ in range(self._options.follow_pages):
            page = self._api.threads(token, videoId=video)
            threads = items(page, "items")
            for thread in threads:
                yield from (one for one in self._whole(thread, since) if not _is_older(one, since))
            token = next_token(page, token)
            if token is None or (threads and _is_older(threads[-1], since)):
                return

    def _backfill(self) -> datetime:
        return self._meter.now() - timedelta(days=self._options.backfill_days)

    def _floor(self, state: State, part: str) -> datetime:
        """Return how far back to walk: a while before the last complete walk, for what was shown late."""
        mark = trail.mark_of(state, part)
        return mark - timedelta(minutes=self._options.overlap_minutes) if mark else self._backfill()


def _as_video(video: str, result: JSON) -> Payload:
    """Return a result of the search as a video: its text may be cut short, and it has no counts."""
    return {"kind": "youtube#video", "id": video, "snippet": dig(result, "snippet")}


def _in_hand(thread: Mapping[str, JSON]) -> list[Payload]:
    """Return a thread's first comment, and the replies that came with it."""
    top = {key: value for key, value in thread.items() if key != "replies"}
    return [top, *(_placed(reply, thread) for reply in items(thread, "replies", "comments"))]


def _is_older(resource: JSON, than: datetime) -> bool:
    published = trail.published(resource)
    return published is not None and published < than


def _placed(reply: JSON, thread: JSON) -> Payload:
    """Return a reply with its video's id, which the platform leaves out of replies."""
    if not isinstance(reply, Mapping):
        return {"odd": reply}
    video, snippet = dig(thread, "snippet", "videoId"), reply.get("snippet")
    if not isinstance(snippet, Mapping) or snippet.get("videoId") or not video:
        return reply
    return {**reply, "snippet": {**snippet, "videoId": video}}
