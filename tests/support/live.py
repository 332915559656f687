"""A world behind a real port, for a real browser: `with serving(world) as address`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from app import clock
from tests.support.world import TODAY

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class _Quiet(WSGIRequestHandler):
    """Keeps connections open as a browser expects, and writes no line for each request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_args: Any, **_kwargs: Any) -> None:
        """The suite's own output is what is read."""


@contextmanager
def serving(app: Flask, moment: datetime = TODAY) -> Iterator[str]:
    """Answer on a free port of this machine, with the clock of every request standing at `moment`.

    The clock is a context variable: a thread of the server does not inherit what a test has set.
    """
    server = make_server("127.0.0.1", 0, _at(app, moment), threaded=True, request_handler=_Quiet)
    vars(server)["daemon_threads"] = True  # an open connection must not hold up the end
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _at(app: Flask, moment: datetime) -> Wsgi:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with clock.set_to(moment):
            return app(environ, start_response)

    return answer
