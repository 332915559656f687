"""What the import contracts cannot say, because they see modules and not names."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
WEB = ROOT / "app" / "web"
# It loads who is asking, before any view runs; views ask queries and services.
DOOR = WEB / "access.py"
DATABASE = frozenset({"session", "engine", "make_engine", "PlumblineSession"})


def taken(source: str) -> set[str]:
    """The names that a module uses out of app.extensions."""
    tree = ast.parse(source)
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "app.extensions":
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("extensions", "app.extensions"):
            names.add(node.attr)
    return names


@pytest.mark.parametrize(
    "path", sorted(set(WEB.rglob("*.py")) - {DOOR}), ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_views_never_touch_the_session(path: Path) -> None:
    assert not taken(path.read_text()) & DATABASE


@pytest.mark.parametrize(
    "source",
    [
        "from app.extensions import csrf, session as s",
        "from app import extensions\nextensions.session.commit()",
        "import app.extensions\napp.extensions.session.commit()",
    ],
)
def test_the_session_is_seen_however_it_is_taken(source: str) -> None:
    assert "session" in taken(source)
