"""The frame round every page: the template environment, the navigation, the static files.

`init_app(app)` is the one call `create_app` makes. Blueprints add to `navigation`, `header_links`,
`footer_links` and `places`; an entry whose endpoint the application does not have is left out, so that
a part of the product can be absent and no page breaks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask, current_app, g, has_request_context, request, url_for
from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template, Undefined
from jinja2.runtime import Context
from whitenoise import WhiteNoise

from app import clock
from app.web import components, errors, headers, wording
from forms import govuk
from forms.fields import DateField, RowsField
from forms.ids import first_input

PRODUCT = "Plumbline"
STATIC = Path(__file__).resolve().parent.parent / "static"
ONE_YEAR = 365 * 24 * 60 * 60
MAIN_ORDER = ("My work", "Reviews", "Panel", "Recommendations", "Plans", "Programme", "Insight", "Settings")

Visible = Callable[[Any], bool]


def everybody(_person: Any) -> bool:
    """Visible to whoever is signed in."""
    return True


def anybody(_person: Any) -> bool:
    """Visible signed out as well. Any other predicate is asked only about a person who is signed in."""
    return True


@dataclass(frozen=True)
class Entry:
    """One link of the frame: where it goes and who is shown it."""

    label: str
    endpoint: str
    visible: Visible
    order: int
    also: tuple[str, ...] = ()  # blueprints whose pages belong under this link

    def shown_to(self, person: Any) -> bool:
        return self.visible is anybody or (person is not None and self.visible(person))

    @property
    def blueprint(self) -> str:
        return self.endpoint.rpartition(".")[0]


class Registry:
    """Links that the blueprints put into the frame. Adding an endpoint again replaces it."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def add(
        self,
        label: str,
        endpoint: str,
        visible: Visible = everybody,
        order: int | None = None,
        also: tuple[str, ...] = (),
    ) -> None:
        """Show `label` to the people for whom `visible(person)` holds; see `anybody` for those signed out."""
        place = self._place(label) if order is None else order
        self._entries[endpoint] = Entry(label, endpoint, visible, place, also)

    @staticmethod
    def _place(label: str) -> int:
        return MAIN_ORDER.index(label) if label in MAIN_ORDER else len(MAIN_ORDER)

    def __iter__(self) -> Iterator[Entry]:
        return iter(sorted(self._entries.values(), key=lambda entry: (entry.order, entry.label)))

    def links(self, person: Any) -> list[dict[str, Any]]:
        """What this person is shown, as the service navigation takes it."""
        return [_link(entry) for entry in self if _exists(entry.endpoint) and entry.shown_to(person)]


navigation = Registry()
header_links = Registry()
footer_links = Registry()

# Where the frame's own links go. The first endpoint that exists is used; a blueprint may put its own first
# with `place("account", "accounts.index")`.
places: dict[str, list[str]] = {
    "home": ["my_work.index", "home.index"],
    "account": ["accounts.account", "account.index"],
    "sign_in": ["accounts.sign_in", "security.login"],
    "sign_out": ["accounts.sign_out", "security.logout"],
}


def place(name: str, endpoint: str) -> None:
    """Say which endpoint is the frame's home, account, sign_in or sign_out."""
    known = places.setdefault(name, [])
    if endpoint not in known:
        known.insert(0, endpoint)


def authority_name_from(app: Flask, source: Callable[[], str]) -> None:
    """Say where the authority's name comes from (a setting); it is asked once a request."""
    app.extensions["plumbline_authority_name"] = source


def init_app(app: Flask) -> None:
    """Give the application its templates, frame, headers, error pages and static files."""
    _set_up_templates(app)
    _serve_static(app)
    app.context_processor(_frame_context)
    headers.init_app(app)
    errors.init_app(app)


# Templates


class ComponentLoader(PackageLoader):
    """Compiles the GOV.UK macros with an undefined that may be tested.

    They ask for parameters that nobody passed; ours must not, so ours are compiled with StrictUndefined.
    """

    def __init__(self) -> None:
        super().__init__("govuk_frontend_jinja")
        self._lenient: dict[int, Environment] = {}

    def get_source(self, environment: Environment, template: str) -> Any:
        prefix, _, name = template.partition("/")
        return super().get_source(environment, name if prefix == "govuk_frontend_jinja" else "/absent")

    def load(self, environment: Environment, name: str, globals: Any = None) -> Template:  # noqa: A002
        overlay = self._lenient.get(id(environment))
        if overlay is None:
            overlay = environment.overlay(undefined=Undefined)
            self._lenient[id(environment)] = self._lenient[id(overlay)] = overlay
        return super().load(overlay, name, globals)


class QuickTemplate(Template):
    """Finds out once what its globals are called: a page with forty fields imports a component's parts some
    hundreds of times, and comparing the names each time took a quarter of its time."""

    _known: frozenset[str] = frozenset()

    def _get_default_module(self, ctx: Context | None = None) -> Any:
        if ctx is not None and self._module is not None:
            self._known = self._known or frozenset(self.globals)
            if ctx.globals_keys <= self._known:
                return self._module
        return super()._get_default_module(ctx)


def _set_up_templates(app: Flask) -> None:
    environment = app.jinja_env
    environment.template_class = QuickTemplate
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    # The GOV.UK macros indent their parts, which adds spaces to what people typed in a nested text area.
    environment.filters["indent"] = _unindented
    environment.filters.update(wording.FILTERS)
    environment.globals.update(asset=asset, product_name=PRODUCT)
    environment.globals.update(
        drawn=components.drawn,
        drawn_named=components.named,
        component=govuk.component,
        field_rows=govuk.rows,
        errors_of=errors_of,
        is_rows=is_rows,
        this_page=this_page,
    )
    loaders: list[BaseLoader] = [ComponentLoader()]
    if environment.loader is not None:
        loaders.append(environment.loader)
    environment.loader = ChoiceLoader(loaders)


def _unindented(text: Any, *_args: Any, **_options: Any) -> Any:
    return text


def is_rows(field: Any) -> bool:
    """Whether a field of a part's form is a list of rows, which has no component of its own."""
    return isinstance(field, RowsField)


def errors_of(form: Any) -> list[dict[str, Any]]:
    """What is wrong with a form, as the frame's error summary takes it."""
    summary = govuk.error_summary(form)
    return summary["errorList"] if summary else []


def put_at_fields(form: Any, reasons: Any) -> None:
    """What is still to do, at the field that the summary leads to as well; one that is no field's stays above."""
    texts = {reason.target: reason.text for reason in reasons if reason.target}
    for field in form:
        if is_rows(field):
            for row in field.rows:
                put_at_fields(row.form, reasons)
        first = first_input("date" if isinstance(field, DateField) else "", field.name)
        if first in texts:
            field.errors = [*field.errors, texts[first]]


# Static files


def _serve_static(app: Flask) -> None:
    """WhiteNoise in front of the application, under an address that changes when a file does."""
    version = _static_version()
    app.extensions["plumbline_static"] = version
    served = WhiteNoise(
        app.wsgi_app,
        max_age=ONE_YEAR,
        add_headers_function=headers.add_static_headers,
        autorefresh=app.debug,
        mimetypes={".js": "text/javascript"},
    )
    served.add_files(str(STATIC), prefix=f"static/{version}/")
    app.wsgi_app = served  # type: ignore[method-assign]


def _static_version() -> str:
    digest = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(STATIC).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a static file, safe to keep for a year. Needs no routing, so error pages have it too."""
    root = request.script_root if has_request_context() else ""
    return f"{root}/static/{current_app.extensions['plumbline_static']}/{name}"


def this_page() -> str:
    """This page's own address, for a form that is posted to it. A form without one is posted to the address in the
    browser, with whatever place in the page stood behind it: then the answer is scrolled there, past what is wrong."""
    query = request.query_string.decode("ascii", "ignore")
    return f"{request.script_root}{quote(request.path)}" + (f"?{query}" if query else "")


# What every page is given


def current_person() -> Any:
    """Who is signed in, or None. Never raises for want of a log-in manager."""
    if not hasattr(current_app, "login_manager"):
        return None
    from flask_login import current_user  # not at import: pages are drawn without it too

    return current_user._get_current_object() if current_user.is_authenticated else None


def _frame_context() -> dict[str, Any]:
    """What templates get. The frame itself reads `frame`: a page's own `person` must not change it."""
    person = current_person()
    shared = {**_plain_facts(), "person": person, "authority_name": _the_authority_name()}
    own = {
        "navigation": navigation.links(person),
        "header_links": header_links.links(person),
        "footer_links": footer_links.links(person),
        "urls": {name: _first_url(endpoints) for name, endpoints in places.items()},
        "bare": False,
    }
    frame = {**shared, **own}
    del shared["version"]  # pages have a version of their own: the one they send back
    return {**shared, "navigation": own["navigation"], "frame": frame, "wide": False}


def bare_context() -> dict[str, Any]:
    """The frame without anybody or anything stored, and without routing: any of them may be what failed."""
    empty: dict[str, Any] = {"navigation": [], "header_links": [], "footer_links": [], "person": None}
    name = str(current_app.config.get("AUTHORITY_NAME", ""))
    urls = dict.fromkeys(places, "")
    frame = {**_plain_facts(), **empty, "urls": urls, "authority_name": name, "bare": True}
    return {"frame": frame, "wide": False}


def _plain_facts() -> dict[str, Any]:
    return {
        "mode": current_app.config.get("MODE", "demo"),
        "version": str(current_app.config.get("VERSION", "")),
        "today": clock.today(),
    }


def _the_authority_name() -> str:
    source = current_app.extensions.get("plumbline_authority_name")
    if source is None:
        return str(current_app.config.get("AUTHORITY_NAME", ""))
    if "plumbline_authority" not in g:
        g.plumbline_authority = source()
    return str(g.plumbline_authority)


def _exists(endpoint: str) -> bool:
    return endpoint in current_app.view_functions


def _first_url(endpoints: list[str]) -> str:
    return next((url_for(endpoint) for endpoint in endpoints if _exists(endpoint)), "")


def _link(entry: Entry) -> dict[str, Any]:
    return {
        "text": entry.label,
        "href": url_for(entry.endpoint),
        "current": request.endpoint == entry.endpoint,
        "active": bool(entry.blueprint) and request.blueprint in (entry.blueprint, *entry.also),
    }
