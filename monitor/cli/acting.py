"""Commands by which a person acts on an alert: ack, assign, snooze, resolve, note."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.session import (
    LARGEST,
    WRONG,
    AlertArgument,
    ByOption,
    JsonOption,
    acting_person,
    fail,
    load_config,
    opened,
    print_json,
)

if TYPE_CHECKING:
    from monitor.core.alert import Alert, Event
    from monitor.store import Store


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (ack, assign, snooze, resolve, note):
        app.command()(command)


def ack(
    context: typer.Context, alert: AlertArgument, by: ByOption = None, as_json: JsonOption = False
) -> None:
    """Acknowledge an alert: it is yours, and escalation pauses until the policy's ack timeout.

    Example: uproar ack 12
    """
    from monitor.core.alert import Acknowledge

    person = acting_person(by)
    _act(context, alert, Acknowledge(by=person), person, as_json=as_json)


def assign(
    context: typer.Context,
    alert: AlertArgument,
    to: Annotated[str, typer.Argument(metavar="PERSON", help="Who shall own it; they are notified.")],
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hand an alert to somebody.

    Example: uproar assign 12 maria
    """
    from monitor.core.alert import Assign

    person = acting_person(by)
    _act(context, alert, Assign(to=to, by=person), person, as_json=as_json)


def snooze(
    context: typer.Context,
    alert: AlertArgument,
    length: Annotated[str, typer.Argument(metavar="LENGTH", help="How long: 30m, 2h, 1d.")],
    unless_above: Annotated[
        int | None,
        typer.Option(
            "--unless-above", min=0, max=LARGEST, help="Come back early when engagement passes this."
        ),
    ] = None,
    even_if_author_replies: Annotated[
        bool, typer.Option("--even-if-author-replies", help="Stay away even if the author writes again.")
    ] = False,
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put an alert out of sight for a while, unless it grows or its author writes again.

    Example: uproar snooze 12 2h --unless-above 500
    """
    from monitor.clock import system_clock
    from monitor.core.alert import Snooze, Unless

    person = acting_person(by)
    unless = Unless(engagement_above=unless_above, author_replies=not even_if_author_replies)
    event = Snooze(until=system_clock() + _length(length), by=person, unless=unless)
    _act(context, alert, event, person, as_json=as_json)


def resolve(
    context: typer.Context,
    alert: AlertArgument,
    answered: Annotated[bool, typer.Option("--answered", help="The customer has a public answer.")] = False,
    answered_in_private: Annotated[
        bool, typer.Option("--answered-in-private", help="The customer was answered, but not in public.")
    ] = False,
    not_a_complaint: Annotated[
        bool,
        typer.Option("--not-a-complaint", help="It should not have been an alert: `uproar tune` learns it."),
    ] = False,
    duplicate: Annotated[bool, typer.Option("--duplicate", help="Another alert covers it.")] = False,
    gone: Annotated[bool, typer.Option("--gone", help="The post is no more.")] = False,
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    """Close an alert, with the reason; everyone who was told of it is told.

    Example: uproar resolve 12 --answered
    """
    from monitor.core.alert import Resolution, Resolve

    given = {
        Resolution.ANSWERED: answered,
        Resolution.ANSWERED_IN_PRIVATE: answered_in_private,
        Resolution.NOT_A_COMPLAINT: not_a_complaint,
        Resolution.DUPLICATE: duplicate,
        Resolution.GONE: gone,
    }
    chosen = [resolution for resolution, wanted in given.items() if wanted]
    if len(chosen) != 1:
        options = ", ".join(f"--{resolution}" for resolution in Resolution)
        fail(f"say why it is resolved, with one of: {options}", WRONG)
    person = acting_person(by)
    _act(context, alert, Resolve(by=person, resolution=chosen[0]), person, as_json=as_json)


def note(
    context: typer.Context,
    alert: AlertArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What the next person should know.")],
    by: ByOption = None,
) -> None:
    """Write a note into an alert's log.

    Example: uproar note 12 "called the depot, parcel found"
    """
    from monitor.clock import system_clock
    from monitor.escalate import annotate

    with opened(load_config(context)) as store:
        try:
            annotate(store, alert, text, by=acting_person(by), now=system_clock())
        except LookupError as error:
            fail(str(error))
    typer.echo(f"noted on alert {alert}")


def _length(text: str) -> timedelta:
    from monitor.core.duration import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        fail(f"'{text}': {error}", WRONG)


def _act(context: typer.Context, number: int, event: "Event", person: str, *, as_json: bool) -> None:
    from monitor.clock import system_clock
    from monitor.core.alert import Assign
    from monitor.core.escalation import NotOpenError
    from monitor.core.sanitise import line
    from monitor.escalate import act

    config = load_config(context)
    with opened(config) as store:
        owner = _owner(store, number)
        try:
            kept = act(store, number, event, by=person, routes=config.routes(), now=system_clock())
        except NotOpenError as error:
            fail(f"alert {number}: {error}")
        except LookupError as error:
            fail(str(error))
    state = kept.state
    if as_json:
        print_json(
            [{"alert": number, "status": state.status, "assignee": state.assignee, "due_at": state.due_at}]
        )
        return
    other = f"; it was {owner}'s" if owner not in (None, state.assignee) else ""
    typer.echo(line(f"alert {number} is {_outcome(state, event)}{other}", 500))
    if isinstance(event, Assign) and event.to not in config.routes():
        typer.echo(line(f"{event.to} is not in [people]: told where the alert's step goes", 500))


def _owner(store: "Store", number: int) -> str | None:
    """Return who has acknowledged an alert, so that whoever takes it over knows whom to ask."""
    from monitor.core.alert import Status
    from monitor.store import alerts

    with store.reading() as connection:
        found = next(alerts.get(connection, [number]), None)
    return found.state.assignee if found and found.state.status is Status.ACKNOWLEDGED else None


def _outcome(state: "Alert", event: "Event") -> str:
    """Return what the command made of it, in words."""
    from monitor.core.alert import Assign, Snooze, Status

    at = f"{state.due_at:%Y-%m-%d %H:%M} UTC" if state.due_at else None
    until = f", until {at}" if at else ""
    if state.status is Status.RESOLVED:
        return f"resolved ({state.resolution})"
    if isinstance(event, Snooze):
        return f"snoozed by {event.by}{until}"
    if not isinstance(event, Assign):
        return f"acknowledged by {state.assignee}{until}"
    if state.status is Status.ACKNOWLEDGED:
        return f"assigned to {event.to}; it is acknowledged{until}"
    escalation = f"; it escalates at {at}" if at else ""
    return f"assigned to {event.to}, who has yet to acknowledge it{escalation}"
