"""Structured logs: one event, one line, key=value, on standard error, harmless to a terminal."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from monitor.core.sanitise import block, line


def configure(level: str) -> None:
    """Log from `level` (debug, info, warning, error) on; of other libraries warnings and errors only."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _sanitised,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_unwrapped, _rendered])
    )
    logging.root.handlers = [handler]
    logging.root.setLevel(logging.WARNING)
    # a wake that finds its step still busy is no news: the step goes round again
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    for ours in ("monitor", "connectors"):
        logging.getLogger(ours).setLevel(level.upper())


_render = structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False)


def _unwrapped(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return structlog.stdlib.ProcessorFormatter.remove_processors_meta(logger, name, event)


def _rendered(logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
    """Render key=value, and a traceback on the lines below."""
    trace = event.pop("exception", None)
    text = _render(logger, name, event)
    return f"{text}\n{trace}" if trace else text


def _sanitised(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if key == "exception":
            event[key] = block(str(value))
        elif isinstance(value, str):
            event[key] = line(value)
    return event
