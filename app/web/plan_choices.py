"""The plans that a recommendation can move to, as the form of that step."""

from __future__ import annotations

from app.queries import plans as queries
from app.web import access
from app.web.plan_forms import plan_move_form
from forms.base import PlumblineForm


def form() -> type[PlumblineForm]:
    """Each plan that is kept, and its headings."""
    plans = queries.to_choose(access.actor(), access.office())
    return plan_move_form(((plan.public_id, plan.name) for plan in plans), queries.sections_to_choose(plans))
