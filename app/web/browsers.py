"""What a browser calls itself, in words a person knows: enough to tell one's own sessions apart."""

from __future__ import annotations

# In this order: nearly every browser names others too.
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


def browser_words(agent: str) -> str:
    """ "Firefox on Windows", or what is known of it."""
    browser = _first(agent, BROWSERS) or "A browser"
    system = _first(agent, SYSTEMS)
    return f"{browser} on {system}" if system else browser


def _first(agent: str, known: tuple[tuple[str, str], ...]) -> str:
    return next((words for sign, words in known if sign in agent), "")
