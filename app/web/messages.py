"""E-mail as its administrator sees it: what waits, what could not be sent and why. Never what a message was about."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.queries import outbox as queries
from app.services import outbox
from app.web import access
from app.web.wording import count_noun
from workflows.permissions import Permission

bp = Blueprint("messages", __name__, url_prefix="/settings/messages")

HOW = {
    "": "E-mail is not set up, so nothing is sent. Whoever runs the service names a mail server in PLUMBLINE_MAIL.",
    "folder": "Nothing leaves this machine: each message is written into a folder, to try things out.",
    "console": "Nothing leaves this machine: each message is shown on the screen of whoever sends, to try things out.",
}


@bp.get("")
@access.needs(Permission.ADMINISTER_PEOPLE)
def index() -> ResponseReturnValue:
    """How the sending stands."""
    mail = current_app.config["MAIL"]
    how = HOW.get(mail.how) or f"Messages leave by the mail server {mail.host}, from {mail.sender}."
    return render_template("settings/messages.html", how=how, by_server=mail.by_server, found=queries.standing())


@bp.post("/again")
@access.needs(Permission.ADMINISTER_PEOPLE)
def again() -> ResponseReturnValue:
    """Put what could not be sent back among what waits."""
    number = outbox.try_again(access.actor())
    words = f"{count_noun(number, 'message')} will be tried again." if number else "Nothing was left to try again."
    flash(words, "success" if number else "message")
    return redirect(url_for("messages.index"), 303)
