"""Model fields PostgreSQL has and Django does not know."""

from django.db import models


class TransactionId(models.Field):
    """A transaction's number (`xid8`, 64 bits, never wraps); the database fills it in."""

    description = "PostgreSQL xid8"

    def db_type(self, connection: object) -> str:
        """Return the column type."""
        return "xid8"

    def get_internal_type(self) -> str:
        """Say that no built-in conversion applies."""
        return "TransactionId"

    def from_db_value(self, value: object, expression: object, connection: object) -> int | None:
        """Turn the driver's text into a number."""
        return None if value is None else int(str(value))

    def get_prep_value(self, value: object) -> str | None:
        """Turn a number into the text the database casts."""
        return None if value is None else str(value)


class CurrentTransactionId(models.Func):
    """`pg_current_xact_id()`: the number of the transaction that writes the row, as the column's default."""

    function = "pg_current_xact_id"
    output_field = TransactionId()
