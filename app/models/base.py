"""What every table has in common: aware times, integer keys inside, public ids in addresses."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Integer,
    MetaData,
    String,
    TypeDecorator,
    literal_column,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.sql.functions import FunctionElement

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC on both databases; SQLite alone would drop the zone and keep the digits."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time has no place in the database")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_column(kind: type[StrEnum], name: str) -> Enum:
    """Text with a CHECK of the enumeration's values: the same on both databases."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


def among(column: Any, words: Iterable[StrEnum]) -> ColumnElement[bool]:
    """Whether a column holds one of a few words of an enumeration, which stand in the statement as they are: a list of
    values would be written into its text anew each time it is asked."""
    found: ColumnElement[bool] = column.in_([literal_column(f"'{word.value}'") for word in words])
    return found


class row_by_row(FunctionElement[int]):  # noqa: N801 - read as a function
    """A column whose index is not used: what another index finds is fewer than it would find."""

    type = Integer()
    name = "row_by_row"
    inherit_cache = True


@compiles(row_by_row)
def _row_by_row(element: Any, compiler: Any, **options: Any) -> str:
    """PostgreSQL knows how many there are."""
    return str(compiler.process(element.clauses, **options))


@compiles(row_by_row, "sqlite")
def _row_by_row_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"


def both_or_neither(stem: str) -> CheckConstraint:
    """An `x_at` without its `x_by`, or the other way round, is a fact with half its evidence missing."""
    return CheckConstraint(f"({stem}_at IS NULL) = ({stem}_by_id IS NULL)", name=f"{stem}_paired")


def new_public_id() -> str:
    return str(uuid.uuid4())


class Base(DeclarativeBase):
    """All tables; JSON for dictionaries, aware times for datetimes."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime, str: String}  # noqa: RUF012 - SQLAlchemy reads it from the class

    id: Mapped[int] = mapped_column(primary_key=True)


class HasPublicId:
    """Addresses carry this, so that a count of records cannot be read off an address."""

    # Made here and not by the database, so it tells which row is which when several are written in one statement.
    public_id: Mapped[str] = mapped_column(String(36), unique=True, default=new_public_id, insert_sentinel=True)


def person(nullable: bool = False, **options: Any) -> Mapped[Any]:
    """A foreign key to a person."""
    return mapped_column(ForeignKey("person.id"), nullable=nullable, **options)
