"""Documents for the case file: from content already filtered to a tagged PDF and a page (docs/decisions/documents.md)."""
