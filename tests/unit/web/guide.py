"""A small application round the frame, and a page with every macro on it, for the tests and the eye."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import Flask, abort, current_app, render_template, request
from flask_login import LoginManager, UserMixin
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader

from app.clock import LONDON
from app.web import errors, frame

APP_FOLDER = frame.STATIC.parent
TEMPLATES = Path(__file__).parent / "templates"


@dataclass
class Person(UserMixin):
    """Somebody signed in, with the two attributes the frame asks for."""

    name: str
    role_names: frozenset[str]

    def get_id(self) -> str:
        return ",".join([self.name, *sorted(self.role_names)])


@dataclass(frozen=True)
class Reason:
    text: str
    target: str | None = None


def small_app(**config: Any) -> Flask:
    """The frame, a log-in manager that believes a header, and one page for each kind of answer."""
    app = Flask("app", root_path=str(APP_FOLDER))
    app.config.update(
        SECRET_KEY="a key for tests only, long enough",
        MODE="demo",
        TRUSTED_HOSTS=["localhost", "127.0.0.1"],
        AUTHORITY_NAME="Borough of Wexcombe",
        VERSION="1.0",
        WTF_CSRF_ENABLED=True,
    )
    app.config.update(config)
    CSRFProtect(app)
    manager = LoginManager(app)
    manager.request_loader(_person)
    frame.init_app(app)
    app.jinja_env.loader = ChoiceLoader([FileSystemLoader(TEMPLATES), *filter(None, [app.jinja_env.loader])])
    _add_pages(app)
    _add_refusals(app)
    _add_the_rest(app)
    return app


def _person(asked: Any) -> Person | None:
    said = asked.headers.get("X-Person") or asked.args.get("as", "")
    name, _, roles = said.partition(":")
    return Person(name, frozenset(filter(None, roles.split("|")))) if name else None


def _add_pages(app: Flask) -> None:
    @app.get("/")
    def guide() -> str:
        return render_template("guide.html", **guide_values())

    @app.get("/plain")
    def plain() -> str:
        return render_template("plain.html")

    @app.get("/wrong")
    def wrong() -> str:
        raise RuntimeError("planned by the test")

    @app.route("/typed", methods=["GET", "POST"])
    def typed() -> Any:
        return render_template("plain.html")


def _add_refusals(app: Flask) -> None:
    @app.get("/stop/<int:code>")
    def stop(code: int) -> Any:
        abort(code)

    @app.route("/refused", methods=["GET", "POST"])
    def refused() -> Any:
        reasons = [
            Reason("Two parts are not complete.", "/plain"),
            Reason("The worker has not answered, and the response window is open until 27 November 2026."),
        ]
        return errors.refused_page(reasons, "/plain")

    @app.get("/stale")
    def stale() -> Any:
        return errors.stale_page(
            stale_fields(),
            version=8,
            action="/typed",
            saved_by="Maya Okafor",
            saved_at=datetime(2026, 11, 23, 14, 32, tzinfo=LONDON),
            back_url="/plain",
        )

    @app.get("/expired")
    def expired() -> Any:
        fields = [
            ("evidence", "The history is clear from the entries of 4 and 18 May.\n\nThe plan is not."),
            ("version", "7"),
        ]
        return render_template(
            "errors/expired.html",
            words=errors.EXPIRED,
            code=400,
            fields=fields,
            texts=[fields[0][1]],
            action="/typed",
        )


def _add_the_rest(app: Flask) -> None:
    @app.get("/account", endpoint="accounts.account")
    @app.get("/concern", endpoint="concerns.raise_concern")
    @app.get("/help", endpoint="help.index")
    @app.get("/accessibility", endpoint="help.accessibility")
    def other() -> str:
        return render_template("plain.html")

    @app.post("/sign-out", endpoint="accounts.sign_out")
    def sign_out() -> str:
        return request.method


def register_links() -> None:
    """What blueprints do: some for everybody, some for a role, one whose endpoint is absent here."""
    frame.navigation.add("Reviews", "plain")
    frame.navigation.add("My work", "guide")
    frame.navigation.add("Panel", "typed", visible=lambda person: "panel_member" in person.role_names)
    frame.navigation.add("Insight", "insight.index")
    frame.header_links.add("Raise a concern", "concerns.raise_concern", visible=frame.anybody)
    frame.footer_links.add("Accessibility", "help.accessibility", visible=frame.anybody)
    frame.footer_links.add("Help", "help.index", visible=frame.anybody)


def stale_fields() -> list[errors.StaleField]:
    """A text that differs, a choice that differs and a text that does not."""
    return [
        errors.StaleField(
            "evidence",
            "What did you find?",
            "She was seen alone twice.\nHer words are in the plan.",
            "She was seen alone three times, at school.",
        ),
        errors.StaleField(
            "grade",
            "Grade",
            "3",
            "2",
            editable=False,
            yours_words="Good",
            saved_words="Requires improvement to be good",
        ),
        errors.StaleField(
            "difference", "What difference did it make?", "She chose the school.", "She chose the school."
        ),
    ]


STAGES = ["Draft", "Discussion", "First moderation", "Panel", "Tracking"]
GRADES = ["Outstanding", "Good", "Requires improvement to be good", "Inadequate"]


def guide_values() -> dict[str, Any]:
    """Invented reviews, enough of them to fill every macro."""
    return {
        "crumbs": [{"text": "My work", "href": "/"}, {"text": "Reviews", "href": "/plain"}],
        "stages": STAGES,
        "grades": [{"value": str(4 - place), "text": words} for place, words in enumerate(GRADES)],
        "strip": {
            "reference": "2026-014",
            "initials": "A.K.",
            "status": "Child in need",
            "stages": STAGES,
            "present": "Discussion",
            "holder": "Rosa Lindqvist (worker)",
            "deadline": "25 November 2026",
            "late": "2 working days late",
            "url": "/plain",
        },
        "tasks": [
            {"title": "Journey of the child", "status": "Complete", "tone": "green", "url": "/plain"},
            {
                "title": "Feedback from the child and family",
                "status": "Two of three people answered",
                "tone": "amber",
                "url": "/plain",
                "hint": "By phone on 2 June 2026; no answer from the father",
            },
            {
                "title": "Overall",
                "status": "Cannot start yet",
                "tone": "grey",
                "hint": "When five sections are graded",
            },
        ],
        "events": [
            {
                "title": "Shared with the worker",
                "at": datetime(2026, 11, 18, 9, 12, tzinfo=LONDON),
                "by": "Ines Marchetti",
                "tag": {"text": "Discussion", "tone": "teal"},
            },
            {
                "title": "Grade changed",
                "at": datetime(2026, 11, 12, 16, 40, tzinfo=LONDON),
                "by": "Ines Marchetti",
                "text": "Needs: Good → Requires improvement to be good.\nThe assessment of 4 May came after the move.",
            },
            {"title": "Review started", "at": date(2026, 11, 2)},
        ],
        "columns": [
            "Review",
            "Child",
            {"label": "Stage"},
            {"label": "Days in stage", "numeric": True, "sort": True},
            "With",
        ],
        "rows": [
            [
                {"text": "2026-014", "url": "/plain"},
                "A.K.",
                {"html": _tag("Discussion", "teal")},
                4,
                "Rosa Lindqvist",
            ],
            [
                {"text": "2026-011", "url": "/plain"},
                "T.B.",
                {"html": _tag("Panel", "plum")},
                12,
                "Panel of 3 December 2026",
            ],
            [
                {"text": "2026-009", "url": "/plain"},
                "S.M.",
                {"html": _tag("First moderation", "blue")},
                1204,
                "Maya Okafor",
            ],
        ],
        "ops": [
            ("same", "She was seen "),
            ("removed", "often"),
            ("added", "alone three times"),
            ("same", " at school, and the plan says so."),
        ],
        "waiting": {
            "label": "Share with the worker",
            "name": "share",
            "url": "/typed",
            "reasons": [
                Reason("Needs has no grade yet.", "/plain"),
                Reason("Two people were not asked for feedback."),
            ],
        },
        "ready": {
            "label": "Submit to the Head of QA",
            "name": "submit",
            "url": "/typed",
            "version": 7,
            "fields": {"step": "submit"},
        },
        "counts": [
            {"number": 42, "label": "open"},
            {"number": 5, "label": "overdue", "tone": "red", "url": "/plain"},
            {"number": 7, "label": "waiting for impact", "tone": "amber"},
            {"number": 9, "label": "verified this quarter", "tone": "blue"},
        ],
        "work": [
            {
                "reference": "2026-014",
                "initials": "A.K.",
                "title": "Respond to the draft review",
                "url": "/plain",
                "due": "due in 2 working days",
                "late": False,
            },
            {
                "reference": "2026-011",
                "initials": "T.B.",
                "title": "Read alone for the panel on 3 December",
                "url": "/plain",
                "due": "1 working day late",
                "late": True,
                "note": "4 of 11 parts done",
            },
        ],
        "page": {
            "text": "Reviews 31 to 60 of 1,204",
            "previous_url": "/plain?page=1",
            "next_url": "/plain?page=3",
        },
    }


def _tag(text: str, tone: str) -> Any:
    return frame_macro("tag")(text, tone)


def frame_macro(name: str) -> Any:
    """One macro, to call from Python."""
    return getattr(current_app.jinja_env.get_template("macros/ui.html").module, name)
