"""Runs the migrations on the connection it is given, or on the configured database.

SQLite's batch alter copies a table and drops the old one: with foreign keys on that deletes the child rows,
and it always loses the table's triggers. So foreign keys are off while migrating, checked before the
commit, and every trigger is made again from `app.models.triggers`.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from app.extensions import make_engine
from app.models import Base, triggers
from config import from_environment


def run(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=sqlite,
        compare_type=True,
        transactional_ddl=True,
    )
    with connection.begin():
        context.run_migrations()
        triggers.create_all(connection)
        if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
            raise RuntimeError(f"foreign keys are broken after migrating: {broken[:5]}")
    if sqlite:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = make_engine(from_environment().database_url)
    with engine.connect() as own:
        run(own)
