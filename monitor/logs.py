"""Structured logs: one event, one line, key=value, on standard error, harmless to a terminal."""

import logging
import sys
from collections.abc import Callable, MutableMapping
from functools import partial
from typing import Any

import structlog

from monitor.core.sanitise import block, line


def configure(level: str, mask: Callable[[str], str] = str) -> None:
    """Log from `level` (debug, info, warning, error) on; of other libraries warnings and errors only.

    `mask` strikes secrets out of every text.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        partial(_sanitised, mask),
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


def _sanitised(
    mask: Callable[[str], str], _: Any, __: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if key == "exception":
            event[key] = block(mask(str(value)))
        elif isinstance(value, str):
            event[key] = line(mask(value))
    return event
