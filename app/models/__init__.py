"""What is stored: columns, relationships and constraints. No queries, no rules."""

from app.models import (
    activities,
    concerns,
    files,
    forms,
    panel,
    people,
    plans,
    recommendations,
    records,
    reviews,
    tracker,
)
from app.models.base import Base

__all__ = [
    "Base",
    "activities",
    "concerns",
    "files",
    "forms",
    "panel",
    "people",
    "plans",
    "recommendations",
    "records",
    "reviews",
    "tracker",
]
