"""Policies by version: an open alert runs on under the one that it began with."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from monitor.core.alert import Policy, Status, Step
from monitor.store.batches import insert_new, table_of
from monitor.store.tables import AlertRow, PolicyRow

alert = table_of(AlertRow)
policy = table_of(PolicyRow)


def save(connection: Connection, policies: Iterable[Policy], now: datetime) -> dict[str, Policy]:
    """Save the configured policies and return them by name, each with its version.

    One that differs from its latest version becomes the next; an unchanged one keeps its version.
    """
    return {each.name: _save(connection, each, now) for each in policies}


def _save(connection: Connection, given: Policy, now: datetime) -> Policy:
    newest = connection.execute(
        select(policy).where(policy.c.name == given.name).order_by(policy.c.version.desc()).limit(1)
    ).first()
    body = _to_json(given)
    if newest and newest.body == body:
        return _from_json(newest.name, newest.version, newest.body)
    version = newest.version + 1 if newest else 1
    insert_new(
        connection, policy, [{"name": given.name, "version": version, "body": body, "created_at": now}]
    )
    return _save(connection, given, now)  # another daemon that starts now may have saved its own first


def get(connection: Connection, name: str, version: int) -> Policy:
    """Return a version of a policy. Raises `LookupError` when it was never saved."""
    row = connection.execute(
        select(policy.c.body).where(policy.c.name == name, policy.c.version == version)
    ).first()
    if row is None:
        raise LookupError(f"policy '{name}' version {version} is not in the store")
    return _from_json(name, version, row.body)


def latest(connection: Connection) -> dict[str, Policy]:
    """Return the newest version of each policy, by name."""
    newest = select(policy.c.name, func.max(policy.c.version).label("version")).group_by(policy.c.name)
    return {row.name: get(connection, row.name, row.version) for row in connection.execute(newest)}


def of_open_alerts(connection: Connection) -> list[tuple[Policy, int]]:
    """Return the policies under which alerts are open, each with how many."""
    in_use = (
        select(alert.c.policy, alert.c.policy_version, func.count().label("alerts"))
        .where(alert.c.status != Status.RESOLVED)
        .group_by(alert.c.policy, alert.c.policy_version)
    )
    return [
        (get(connection, row.policy, row.policy_version), row.alerts) for row in connection.execute(in_use)
    ]


def _to_json(given: Policy) -> dict[str, Any]:
    body = asdict(given)
    del body["name"], body["version"]
    steps = [{"notify": list(step.notify), "delay": step.delay.total_seconds()} for step in given.steps]
    seconds = {
        key: value.total_seconds() if isinstance(value, timedelta) else value for key, value in body.items()
    }
    return seconds | {"steps": steps}


def _from_json(name: str, version: int, body: dict[str, Any]) -> Policy:
    steps = tuple(
        Step(notify=tuple(step["notify"]), delay=timedelta(seconds=step["delay"])) for step in body["steps"]
    )
    lengths = ("ack_timeout", "quiet_period", "raised_delay", "floor")
    values = body | {key: timedelta(seconds=body[key]) for key in lengths} | {"steps": steps}
    return Policy(name=name, version=version, **values)
