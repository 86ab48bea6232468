"""How far one listing has been read: back by time, because the items on which pages hang may vanish."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.reddit.things import created, is_erased, version
from monitor.connector import Payload

CUT_FROM = 200  # a listing that ends with as many items may have been cut: at 1000, a search at some 250
_ENDLESS = 2000  # items, by when every listing has ended
_RESTARTS = 5  # of one walk
_KEPT = 500  # names near the mark; with more than that, some items are given twice


@dataclass(slots=True, kw_only=True)
class Walk:
    """The state of one listing, a part of the cursor. Times are seconds since the epoch, by Reddit's clock.

    Nothing is missing since `since`. `mark` is the newest item of the last whole walk, `seen` names the items
    near it, and those of its first page. On the `first` walk whatever is listed is new, however old. `done`
    says that this round of the listings has no more to do here. The other fields belong to the walk that is
    under way.
    """

    since: float
    mark: float
    seen: list[str] = field(default_factory=list)
    first: bool = False
    done: bool = False
    after: str | None = None
    newest: float | None = None
    oldest: float | None = None
    met: list[str] = field(default_factory=list)
    count: int = 0
    restarts: int = 0

    def take(self, things: Sequence[Payload], after: str | None, overlap: float) -> list[Payload]:
        """Note one page of things, newest first, and return what is new on it."""
        if not things and self.after and self.restarts < _RESTARTS:
            self._restart()
            return []
        fresh = self._meet(things, overlap)
        self.count += len(things)
        times = [at for at in map(created, things) if at is not None]
        self.oldest = times[-1] if times else self.oldest
        stuck = self.after is not None and (not things or after == self.after)
        self.after = after if things and not stuck else None
        if times and times[-1] < self.mark - overlap:
            self._finish()
        elif self.after is None or self.count >= _ENDLESS:
            if (stuck or self.count >= CUT_FROM) and self.oldest is not None:
                self.since = max(self.since, self.oldest)  # what lies between it and the mark is out of reach
            self._finish()
        return fresh

    def give_up(self) -> None:
        """Forget the walk that is under way: the next one begins at the top."""
        self.after = self.newest = self.oldest = None
        self.met, self.count, self.restarts, self.done = [], 0, 0, False

    def _restart(self) -> None:
        """Begin again at the top: the page was empty because the item is gone on which it hung."""
        self.after, self.count, self.oldest = None, 0, None
        self.restarts += 1

    def _meet(self, things: Sequence[Payload], overlap: float) -> list[Payload]:
        floor, known = self.mark - overlap, {*self.seen, *self.met}
        dated = [(thing, created(thing)) for thing in things]
        if self.newest is None:
            self.newest = max([self.mark, *(at for _, at in dated[:1] if at is not None)])
        in_hand = self.count == 0  # the first page: what is new to us there is given, however old
        near = [version(thing) for thing, at in dated if in_hand or at is None or at >= self.newest - overlap]
        self.met = list(dict.fromkeys(self.met + near))[:_KEPT]
        recent = [thing for thing, at in dated if in_hand or self.first or at is None or at >= floor]
        return [thing for thing in recent if version(thing) not in known and not is_erased(thing)]

    def _finish(self) -> None:
        self.mark, self.seen = self.newest or self.mark, self.met
        self.give_up()
        self.first, self.done = False, True
