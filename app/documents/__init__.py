"""Documents for the case file: from filtered content to a tagged PDF and a page (docs/decisions/documents.md)."""
