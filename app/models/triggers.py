"""What no statement may do, in both dialects: one list, made again by every migration.

SQLite's batch alter drops a table's triggers in silence, so a migration ends by calling `create_all`.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

APPEND_ONLY = (
    "audit_event", "view_event", "view_seal", "revision", "grade_given", "stage_entry", "addendum",
    "reading_addition", "panel_dissent", "plan_line_entry",
)  # fmt: skip
# What was written alone is final once it is submitted (R3); that it is exempt may still be found out.
READING_FIELDS = ("item_id", "person_id", "answers", "counted", "submitted_at")
PUBLISHED_FIELDS = ("template_id", "number", "descriptor", "checksum", "published_at", "published_by_id")


def _sqlite() -> dict[str, list[str]]:
    made: dict[str, list[str]] = {}
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            name = f"tr_{table}_no_{verb.lower()}"
            made[name] = [
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} BEGIN "
                f"SELECT RAISE(ABORT, '{table} is append-only'); END"
            ]
    changed = " OR ".join(f"NEW.{field} IS NOT OLD.{field}" for field in PUBLISHED_FIELDS)
    made["tr_form_template_version_published"] = [
        "CREATE TRIGGER tr_form_template_version_published BEFORE UPDATE ON form_template_version "
        f"WHEN OLD.state <> 'draft' AND ({changed} OR NEW.state = 'draft') "
        "BEGIN SELECT RAISE(ABORT, 'a published form cannot be changed'); END"
    ]
    made["tr_form_template_version_kept"] = [
        "CREATE TRIGGER tr_form_template_version_kept BEFORE DELETE ON form_template_version "
        "WHEN OLD.state <> 'draft' BEGIN SELECT RAISE(ABORT, 'a published form cannot be deleted'); END"
    ]
    changed = " OR ".join(f"NEW.{field} IS NOT OLD.{field}" for field in READING_FIELDS)
    made["tr_panel_reading_submitted"] = [
        "CREATE TRIGGER tr_panel_reading_submitted BEFORE UPDATE ON panel_reading "
        f"WHEN OLD.submitted_at IS NOT NULL AND ({changed}) "
        "BEGIN SELECT RAISE(ABORT, 'a submitted reading cannot be changed'); END"
    ]
    made["tr_panel_reading_kept"] = [
        "CREATE TRIGGER tr_panel_reading_kept BEFORE DELETE ON panel_reading "
        "BEGIN SELECT RAISE(ABORT, 'a reading cannot be deleted'); END"
    ]
    return made


def _postgresql() -> dict[str, list[str]]:
    made: dict[str, list[str]] = {}
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            name = f"tr_{table}_no_{verb.lower()}"
            made[name] = [
                _pg_function(name, f"RAISE EXCEPTION '{table} is append-only'"),
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
            ]
    changed = " OR ".join(f"NEW.{field}::text IS DISTINCT FROM OLD.{field}::text" for field in PUBLISHED_FIELDS)
    name = "tr_form_template_version_published"
    made[name] = [
        _pg_function(
            name,
            f"IF OLD.state <> 'draft' AND ({changed} OR NEW.state = 'draft') THEN "
            "RAISE EXCEPTION 'a published form cannot be changed'; END IF; RETURN NEW",
        ),
        f"CREATE TRIGGER {name} BEFORE UPDATE ON form_template_version FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]
    name = "tr_form_template_version_kept"
    made[name] = [
        _pg_function(
            name,
            "IF OLD.state <> 'draft' THEN RAISE EXCEPTION 'a published form cannot be deleted'; END IF; RETURN OLD",
        ),
        f"CREATE TRIGGER {name} BEFORE DELETE ON form_template_version FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]
    changed = " OR ".join(f"NEW.{field}::text IS DISTINCT FROM OLD.{field}::text" for field in READING_FIELDS)
    name = "tr_panel_reading_submitted"
    made[name] = [
        _pg_function(
            name,
            f"IF OLD.submitted_at IS NOT NULL AND ({changed}) THEN "
            "RAISE EXCEPTION 'a submitted reading cannot be changed'; END IF; RETURN NEW",
        ),
        f"CREATE TRIGGER {name} BEFORE UPDATE ON panel_reading FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]
    name = "tr_panel_reading_kept"
    made[name] = [
        _pg_function(name, "RAISE EXCEPTION 'a reading cannot be deleted'"),
        f"CREATE TRIGGER {name} BEFORE DELETE ON panel_reading FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]
    return made


def _pg_function(name: str, body: str) -> str:
    return f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$ BEGIN {body}; END $$ LANGUAGE plpgsql"


def names() -> frozenset[str]:
    """The names every database of ours must have."""
    return frozenset(_sqlite())


def _table_of(name: str) -> str:
    for table in (*APPEND_ONLY, "form_template_version", "panel_reading"):
        if name.startswith(f"tr_{table}_"):
            return table
    raise KeyError(name)


def drop_all(connection: Connection) -> None:
    """Remove every trigger of ours that is there, and on PostgreSQL its function: a dropped table leaves that."""
    for name in sorted(present(connection)):
        on = f" ON {_table_of(name)}" if connection.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER {name}{on}"))
    for name in sorted(functions(connection)):
        connection.execute(text(f"DROP FUNCTION {name}()"))


def create_all(connection: Connection) -> None:
    """Make every trigger whose table is there; those that are there already are made again."""
    drop_all(connection)
    tables = _tables(connection)
    statements = _postgresql() if connection.dialect.name == "postgresql" else _sqlite()
    for name, parts in statements.items():
        if _table_of(name) in tables:
            for statement in parts:
                connection.exec_driver_sql(statement.replace("%", "%%") if "%" in statement else statement)


def present(connection: Connection) -> frozenset[str]:
    """The names of our triggers that the database has now."""
    if connection.dialect.name == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    return frozenset(name for (name,) in connection.execute(text(query)) if name.startswith("tr_"))


def functions(connection: Connection) -> frozenset[str]:
    """The functions of ours that a PostgreSQL has now; SQLite keeps the statements in the triggers."""
    if connection.dialect.name != "postgresql":
        return frozenset()
    query = "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
    return frozenset(name for (name,) in connection.execute(text(query)) if name.startswith("tr_"))


def _tables(connection: Connection) -> frozenset[str]:
    if connection.dialect.name == "postgresql":
        query = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    return frozenset(name for (name,) in connection.execute(text(query)))
