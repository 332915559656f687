"""Messages: a row of the outbox becomes words, and leaves. A reference and a link, and nothing else (R11)."""
