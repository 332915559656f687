"""The register of recommendations: filters, views, a page of lines, and where to go on from it.

All that is asked is in the address: a view can be sent to somebody, who sees his or her own rows of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import g, render_template, request, url_for
from markupsafe import Markup

from app import clock
from app.queries import tracker_above
from app.queries import tracker_register as queries
from app.queries.tracker_above import Offered, Strip
from app.queries.tracker_filters import Filters, quarter_of
from app.services import tags
from app.services.tracker_bulk import may_try
from app.web import access, choosing, register_lines, tracker_words, words
from app.web.recommendations import bp
from app.web.wording import day, month

Query = Mapping[str, str]

# The views that everybody has; the first part of an address's `view` is for links made before there were filters.
VIEWS: dict[str, tuple[str, Query]] = {
    "open": ("Open", {}),
    "mine": ("Mine", {"owner": "me"}),
    "overdue": ("Overdue", {"stands": "overdue"}),
    "impact": ("Waiting for impact", {"status": "action_complete"}),
    "service": ("Service level", {"level": "service"}),
    "all": ("All", {"status": "all"}),
}
LABELS = {
    "search": "Reference", "status": "Status", "stands": "How it stands", "level": "Level", "owner": "Owner",
    "team": "Team", "source": "Source", "theme": "Theme", "framework": "National framework", "due": "Due",
    "due_from": "Due from", "due_to": "Due to", "worker": "Worker", "raised": "Raised in", "closed": "Closed",
}  # fmt: skip
PLAIN = "!$'()*,/:;?@"  # what stands in a query as it is
NONE_CHOSEN = "none"  # what a button for those chosen comes back with, where none is
MORE = frozenset({"team", "source", "theme", "framework", "due_from", "due_to", "worker", "raised", "closed"})


def asked_filters() -> Filters:
    """What the address asks for; what it says that cannot be read is not asked."""
    view = VIEWS.get(request.args.get("view", ""), ("", {}))[1]
    return Filters.read({**view, **request.args})


def here(filters: Filters, **more: str) -> str:
    """The register with these filters: the address to share."""
    return _address({**filters.as_query(), **more})


def _address(query: Query) -> str:
    """Its own address is asked once a request: a page has thirty links to it."""
    if "register_url" not in g:
        g.register_url = url_for("recommendations.index")
    return f"{g.register_url}?{_written(tuple(query.items()))}" if query else str(g.register_url)


@lru_cache(256)
def _written(query: tuple[tuple[str, str], ...]) -> str:
    """As an address carries it; the views of everybody are the same on each page."""
    return urlencode(query, safe=PLAIN)


@bp.get("")
@access.signed_in
def index() -> Any:
    """A page of what this person may know of; references and initials only."""
    actor, office, filters = access.actor(), access.office(), asked_filters()
    above = tracker_above.above(actor, office)
    offered = above.offered
    found = queries.register(
        actor, office, filters,
        after=request.args.get("after", ""), before=request.args.get("before", ""), counted=above.strip,
    )  # fmt: skip
    views, may_bulk = _views(filters, offered), may_try(actor, office)
    return render_template(
        "recommendations/index.html",
        filters=filters,
        wrong=_wrong(filters, found, may_bulk=may_bulk),
        wrong_days=_wrong_days(filters),
        more_open=bool(MORE & set(filters.as_query())),
        choose=_lists(filters, offered),
        chosen=_chosen(filters, offered),
        strip=_strip(above.strip),
        views=views,
        own_views=bool(offered.views),
        table=register_lines.drawn(found, boxes=may_bulk, all_chosen=request.args.get("selected") == "all"),
        may_bulk=may_bulk,
        may_save=filters.narrow and not any(view["current"] for view in views),
        paging=_paging(found, filters),
        urls=_urls(filters),
        query=urlencode(filters.as_query()),
        wide=True,
    )


def _wrong_days(filters: Filters) -> str:
    """Why no day can be found between them, were it so."""
    asked = filters.due_from and filters.due_to and filters.due_from > filters.due_to
    return "“Due to” must be the same day as “Due from” or after it" if asked else ""


def _wrong(filters: Filters, found: queries.Register, *, may_bulk: bool) -> list[dict[str, str]]:
    """What is wrong with what was asked: the days, or that something was to be done with none of the rows."""
    days = _wrong_days(filters)
    wrong = [{"text": days, "href": "#due_to"}] if days else []
    if may_bulk and found.rows and request.args.get("selected") == NONE_CHOSEN:
        wrong.append({"text": "Choose at least one recommendation", "href": f"#row-{found.rows[0].public_id}"})
    return wrong


# What stands above the table


def _strip(counts: Strip) -> list[dict[str, Any]]:
    """Of everything this person may know of; each number leads to its rows."""
    quarter = f"verified since {day(quarter_of(clock.today()))}"
    shown: tuple[tuple[int, str, str, Query], ...] = (
        (counts.open, "open", "", {}),
        (counts.overdue, "overdue", "red", VIEWS["overdue"][1]),
        (counts.waiting, "waiting for impact", "green", VIEWS["impact"][1]),
        (counts.verified, quarter, "blue", {"stands": "verified", "closed": "this_quarter"}),
    )
    return [
        {"number": f"{number:,}", "label": label, "tone": tone, "url": _address(query)}
        for number, label, tone, query in shown
    ]


def _views(filters: Filters, offered: Offered) -> list[dict[str, Any]]:
    """The built-in views and one's own; the present one is marked."""
    now = filters.as_query()
    own = [(name, Filters.read(dict(parse_qsl(query))).as_query()) for name, query in offered.views.values()]
    return [{"text": text, "href": _address(query), "current": query == now} for text, query in [*VIEWS.values(), *own]]


def _lists(filters: Filters, offered: Offered) -> dict[str, Markup]:
    """Each list to choose from with its label; one without anything to choose is nothing."""
    people = {
        "owner": {**tracker_words.OWNER, **offered.owners},
        "team": offered.teams,
        "worker": offered.workers,
        "source": {**tracker_words.SOURCE, **offered.kinds},
    }
    drawn = {name: choosing.options(found, getattr(filters, name)) for name, found in people.items() if found}
    fixed = {name: _fixed(name, getattr(filters, name)) for name in FIXED}
    tagged = {name: _tagged(name, offered.forms, getattr(filters, name)) for name in tag_words(offered.forms)}
    raised = choosing.months_back(clock.today().replace(day=1), filters.raised)
    found = {**drawn, **fixed, **tagged, "raised": raised}
    return {
        name: choosing.listed(name, label, first, found[name]) if name in found else Markup()
        for name, (label, first) in ASKED.items()
    }


# What each list is called, and what chooses nothing; of some a word is always chosen.
ASKED = {
    "status": ("Status", ""), "stands": ("How it stands", "Any"), "owner": ("Owner", "Anybody"),
    "level": ("Level", "Any"), "due": ("Due", "Any"), "sort": ("Sort by", ""), "team": ("Team of the owner", "Any"),
    "source": ("Source", "Any"), "theme": ("Theme", "Any"), "framework": ("National framework", "Any"),
    "worker": ("Worker of the review", "Anybody"), "raised": ("Raised in", "Any"), "closed": ("Closed", "Any"),
}  # fmt: skip


KEPT = 256
FIXED: dict[str, Mapping[str, str]] = {
    "status": tracker_words.STATUS,
    "stands": tracker_words.STANDS,
    "level": words.LEVEL,
    "due": tracker_words.DUE,
    "closed": tracker_words.CLOSED,
    "sort": tracker_words.SORT,
}


@lru_cache(KEPT)
def tag_words(forms: frozenset[str]) -> dict[str, dict[str, str]]:
    """The shipped words, then what the authority's own forms have beside them."""
    own = tags.of_forms(forms)
    known = {"theme": (tracker_words.THEME, own.themes), "framework": (tracker_words.FRAMEWORK, own.framework)}
    return {
        name: {**shipped, **{key: word for key, word in theirs.items() if key not in shipped}}
        for name, (shipped, theirs) in known.items()
    }


@lru_cache(KEPT)
def _tagged(name: str, forms: frozenset[str], chosen: str) -> Markup:
    """As `_fixed`, until another form is published."""
    words_of = tag_words(forms)[name]
    return choosing.options(words_of, chosen) if chosen in ("", *words_of) else _tagged(name, forms, "")


@cache
def _fixed(name: str, chosen: str) -> Markup:
    """The same for everybody; a word that is not offered chooses nothing and is not kept."""
    return choosing.options(FIXED[name], chosen) if chosen in ("", *FIXED[name]) else _fixed(name, "")


def _chosen(filters: Filters, offered: Offered) -> list[dict[str, str]]:
    """Each filter in words, with the address without it."""
    query = filters.as_query()
    return [
        {
            "text": f"{LABELS[name]}: {_in_words(name, word, offered)}",
            "url": _address({key: value for key, value in query.items() if key != name}),
        }
        for name, word in query.items()
        if name != "sort"
    ]


def in_words(filters: Filters, offered: Offered) -> list[str]:
    """Each filter in words."""
    return [each["text"] for each in _chosen(filters, offered)]


def _in_words(name: str, word: str, offered: Offered) -> str:
    known: Mapping[str, Mapping[str, str]] = {
        **FIXED,
        **tag_words(offered.forms),
        "owner": {**tracker_words.OWNER, **offered.owners},
        "team": offered.teams,
        "worker": offered.workers,
        "source": {**tracker_words.SOURCE, **offered.kinds},
    }
    if name in ("due_from", "due_to"):
        return day(date.fromisoformat(word))
    if name == "raised":
        return month(date.fromisoformat(f"{word}-01"))
    return word if name == "search" else known[name].get(word) or tracker_words.tag(word if name in TAGS else "none")


TAGS = ("theme", "framework")

# The way on


def _paging(found: queries.Register, filters: Filters) -> dict[str, str]:
    """Where the page stands, and the pages beside it; by key, so that there is no number of pages."""
    shown = len(found.rows)
    return {
        "text": f"{shown:,} shown" + _of_all(found, filters),
        "first_url": here(filters) if found.before else "",
        "previous_url": here(filters, before=found.previous_key) if found.previous_key else "",
        "next_url": here(filters, after=found.next_key) if found.next_key else "",
    }


def _of_all(found: queries.Register, filters: Filters) -> str:
    """Of how many: exactly for open ones; of the whole register only that there are more than anybody reads."""
    if found.total is not None:
        return "" if found.total == len(found.rows) else f", of {found.total:,}"
    if filters.as_query().keys() <= {"status", "sort"}:
        return f", of more than {queries.COUNTED:,}"
    return "; more follow" if found.after else ""


def _urls(filters: Filters) -> dict[str, str]:
    query: dict[str, Any] = filters.as_query()
    place: dict[str, Any] = {key: request.args[key][:200] for key in ("after", "before") if key in request.args}
    return {
        "all": _address({}),
        "all_chosen": _address({**query, **place, "selected": "all"}),
        "none_chosen": _address({**query, **place}),
        "xlsx": url_for("recommendations.export_xlsx", **query),
        "csv": url_for("recommendations.export_csv", **query),
    }
