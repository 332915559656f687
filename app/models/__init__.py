"""What is stored: columns, relationships and constraints. No queries, no rules."""

from app.models import concerns, forms, panel, people, recommendations, records, reviews
from app.models.base import Base

__all__ = ["Base", "concerns", "forms", "panel", "people", "recommendations", "records", "reviews"]
