"""What is stored: columns, relationships and constraints. No queries, no rules."""

from app.models import forms, people, recommendations, records, reviews
from app.models.base import Base

__all__ = ["Base", "forms", "people", "recommendations", "records", "reviews"]
