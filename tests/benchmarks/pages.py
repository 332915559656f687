"""What is measured: the pages people open most, and the actions, each as somebody who really has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pymupdf
from flask.testing import FlaskClient
from sqlalchemy import Select, func, select
from werkzeug.datastructures import MultiDict

from app.extensions import session
from app.models.people import Person
from app.models.recommendations import Recommendation
from app.models.reviews import Response, Review, ReviewPart
from tests.benchmarks.measuring import Probe
from tests.support.browsing import main_form
from tests.support.world import World, token_in
from workflows.states import RecommendationState, ReviewState

HEAD, WORKER, MANAGER = "head.qa", "worker", "manager"
REVIEWER = "external.reviewer"  # the same person all along: some hundreds of reviews after ten years
SECTION = "journey"
JSON = {"Accept": "application/json"}


class Browsers:
    """One signed-in browser for each person, and the token of its forms."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._known: dict[str, tuple[FlaskClient, str]] = {}

    def client(self, login: str) -> FlaskClient:
        return self._of(login)[0]

    def token(self, login: str) -> str:
        return self._of(login)[1]

    def _of(self, login: str) -> tuple[FlaskClient, str]:
        if login not in self._known:
            client = self.world.client(login)
            self._known[login] = client, token_in(client.get("/").get_data(as_text=True))
        return self._known[login]


@dataclass(frozen=True)
class Found:
    """A review and the login of who wrote it."""

    public_id: str
    reviewer: str

    @property
    def url(self) -> str:
        return f"/reviews/{self.public_id}"


def _first(query: Select[Any]) -> Found:
    row = session.execute(query.with_only_columns(Review.public_id, Person.email).join(Review.reviewer).limit(1)).one()
    return Found(row.public_id, row.email.split("@")[0])


def _at(state: ReviewState, most: Any) -> Select[Any]:
    """Reviews at a stage, the fullest first, and of those the newest."""
    return select(Review).where(Review.state == state).order_by(most.desc(), Review.planned_month.desc(), Review.id)


def _count(kind: Any) -> Any:
    return select(func.count(kind.id)).where(kind.review_id == Review.id).correlate(Review).scalar_subquery()


def pages(browsers: Browsers) -> list[Probe]:
    """The pages, inside one context for finding them; each request has its own."""
    with browsers.world.context():
        written = _first(_at(ReviewState.DRAFTING, _count(ReviewPart)))
        talked = _first(_at(ReviewState.DISCUSSION, _count(Response)))
        moderated = _first(_at(ReviewState.HOS_MODERATION, _count(Response)))
        closed = _first(_at(ReviewState.CLOSED, _count(Response)))
        open_one = session.scalars(
            select(Recommendation.public_id)
            .where(Recommendation.state == RecommendationState.IN_PROGRESS)
            .order_by(Recommendation.id)
        ).first()

    def page(name: str, who: str, url: str) -> Probe:
        return Probe(name, who, lambda _n: browsers.client(who).get(url), floor=who)

    return [
        page("my work", HEAD, "/"),
        *([page("my work", written.reviewer, "/")] if written.reviewer != REVIEWER else []),
        page("my work", REVIEWER, "/"),
        page("my work", WORKER, "/"),
        page("my work", MANAGER, "/"),
        page("register", HEAD, "/reviews"),
        page("register, page 2", HEAD, "/reviews?page=2"),
        page("register, one stage", HEAD, "/reviews?stage=closed"),
        page("register, one theme", HEAD, "/reviews?theme=neglect"),
        page("register", REVIEWER, "/reviews"),
        page("register", WORKER, "/reviews"),
        page("programme", HEAD, "/programme"),
        page("review, being drafted", written.reviewer, written.url),
        page("review, issued", HEAD, closed.url),
        page("section", written.reviewer, f"{written.url}/parts/{SECTION}"),
        page("discussion", talked.reviewer, f"{talked.url}/discussion"),
        page("moderation", HEAD, f"{moderated.url}/moderation"),
        page("history", HEAD, f"{closed.url}/history"),
        page("recommendations", HEAD, "/recommendations"),
        page("recommendations, all", HEAD, "/recommendations?view=all"),
        page("recommendation", HEAD, f"/recommendations/{open_one}"),
        pdf(browsers, closed),
    ]


def pdf(browsers: Browsers, review: Found) -> Probe:
    """The record of a review; its time is divided by its pages."""
    url = f"{review.url}/documents/review.pdf"
    client = browsers.client(HEAD)
    count = len(pymupdf.open(stream=client.get(url).data))
    return Probe(f"review PDF, a page of {count}", HEAD, lambda _n: client.get(url), floor=HEAD, units=count)


class Draft:
    """Saving one section again and again, each time with another text, as the page's script does."""

    def __init__(self, browsers: Browsers, review: Found) -> None:
        self.client = browsers.client(review.reviewer)
        self.url = f"{review.url}/parts/{SECTION}"
        self.fields = main_form(self.client.get(self.url).get_data(as_text=True), "version")[1]
        self.text = next(name for name, value in self.fields.items() if len(value) > 40 and name != "csrf_token")
        self.words = self.fields[self.text]

    def save(self, number: int) -> Any:
        self.fields[self.text] = f"{self.words} {number}"
        answer = self.client.post(self.url, data=self.fields, headers=JSON)
        if answer.is_json:
            self.fields["version"] = str(answer.get_json()["version"])
        return answer


def saving(browsers: Browsers) -> Probe:
    with browsers.world.context():
        review = _first(_at(ReviewState.DRAFTING, _count(ReviewPart)))
    draft = Draft(browsers, review)
    return Probe("saving a draft", review.reviewer, draft.save, floor=review.reviewer)


def taking(
    browsers: Browsers,
    name: str,
    who: str,
    urls: list[str],
    fields: Callable[[str], Mapping[str, Any]],
    status: int = 303,
) -> Probe:
    """An action that can be taken once: on another review each time."""

    def take(number: int) -> Any:
        url = urls[number]
        posted = MultiDict({"csrf_token": browsers.token(who), **fields(url)})
        return browsers.client(who).post(url, data=posted)

    return Probe(name, who, take, expected=status, floor=who)
