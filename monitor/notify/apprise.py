"""A chat, mail or SMS service as a destination, by its Apprise URL, which is a secret."""

import logging
from threading import Lock

from monitor.core.sanitise import block
from monitor.notify import NotDelivered, Notice, wording
from monitor.notify.terminal import headline

_BODY = 1_000  # characters: what the shortest-spoken services still take as one message
_SAID = 500
_ADDRESS = 300  # longer ones are left out: a part of an address leads nowhere


class AppriseNotifier:
    """Sends notices as plain text to the service behind `url`. The library is imported on the first send."""

    def __init__(self, name: str, url: str) -> None:
        self._name = name
        self._url = url
        self._lock = Lock()

    def send(self, notice: Notice) -> None:
        """Send the notice. Raises `NotDelivered`, without the URL or what the service said of it."""
        with self._lock:
            if not _tell(self._url, title(notice), body(notice), self._name):
                raise NotDelivered(f"destination '{self._name}' did not take it")


def _tell(url: str, title: str, body: str, name: str) -> bool:
    import apprise

    # its log lines name hosts, and sometimes the URL itself
    logging.getLogger("apprise").disabled = True
    service = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if service is None:
        raise NotDelivered(f"the URL of destination '{name}' is not one that Apprise knows")
    try:
        return bool(service.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT))
    except (OSError, TypeError, ValueError) as error:
        # without the cause: the library's texts may quote the URL
        raise NotDelivered(f"destination '{name}' did not take it: {type(error).__name__}") from None


def title(notice: Notice) -> str:
    """Return what a lock screen shows: severity, what happened, which alert."""
    return f"uproar: {headline(notice)}"


def body(notice: Notice) -> str:
    """Return the message: at most 1000 characters, what to type always among them."""
    card = notice.card
    state, number = card.alert.state, card.alert.number
    latest = card.latest
    head = [
        wording.by_whom(latest),
        f"{wording.acknowledged(state, notice.now)}, {wording.answered(state, card.first, notice.now)}",
    ]
    tail = [f"Type: {wording.to_type(card.alert)}"] if state.is_open else [f"uproar show {number}"]
    middle = [
        block(wording.said(latest, _SAID)),
        f"Why: {block(notice.reason, 200)}",
        *(f"- {reason}" for reason in wording.phrases(card.reasons)),
    ]
    if latest.mention.url and len(latest.mention.url) <= _ADDRESS:
        head.append(wording.address(latest))
    room = _BODY - len("\n".join([*head, "", *tail]))
    return "\n".join([*head, block("\n".join(middle), room), *tail])
