"""Behind a reverse proxy a request comes from whom the proxy says, and from nobody whom a stranger names (R11): what
counts the tries to sign in counts them by where they come from."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import request
from waitress import wasyncore

from app import create_app, startup
from tests.support.world import settings_for

STRANGER, VISITOR, PROXY = "192.0.2.66", "192.0.2.7", "192.0.2.1"


@contextmanager
def served(folder: Path, proxies: int) -> Iterator[int]:
    """The port of the real server before an application that says where it was asked from, and how."""
    settings = replace(settings_for(f"sqlite:///{folder / 'proxies.db'}", folder, "demo"), proxies=proxies, port=0)
    app = create_app(settings)
    app.before_request_funcs = {}
    app.add_url_rule("/where", "where", lambda: f"{request.remote_addr} {request.scheme}")
    server = startup.make_server(app, settings)
    ended = threading.Event()
    thread = threading.Thread(target=_serve, args=(server, ended), daemon=True)
    thread.start()
    yield server.effective_port
    ended.set()
    thread.join()
    server.task_dispatcher.shutdown()
    wasyncore.close_all(server._map)


def _serve(server: Any, ended: threading.Event) -> None:
    """As the server's own `run`, but so that it can be ended before anything that its threads write to is closed."""
    while not ended.is_set():
        wasyncore.loop(timeout=0.05, map=server._map, count=1)


def asked(port: int, *said: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"X-Forwarded-For": ", ".join(said), "X-Forwarded-Proto": ", ".join("https" for _ in said)}
    connection.request("GET", "/where", headers=headers if said else {})
    answer = connection.getresponse().read().decode()
    connection.close()
    return answer


@pytest.mark.parametrize(
    ("proxies", "said", "wanted"),
    [
        (0, (STRANGER,), "127.0.0.1 http"),
        (1, (), "127.0.0.1 http"),
        (1, (VISITOR,), f"{VISITOR} https"),
        (1, (STRANGER, VISITOR), f"{VISITOR} https"),
        (2, (STRANGER, VISITOR, PROXY), f"{VISITOR} https"),
    ],
)
def test_no_more_is_believed_than_there_are_proxies(
    tmp_path: Path, proxies: int, said: tuple[str, ...], wanted: str
) -> None:
    with served(tmp_path, proxies) as port:
        assert asked(port, *said) == wanted
