"""What several tables of admissions share: sums of money, people, dates that hang together."""

from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

EUR: dict[str, Any] = {"max_digits": 10, "decimal_places": 2}

#: What was told or decided is never edited; a correction is a new row.
APPENDED = pgtrigger.Protect(name="appended", operation=pgtrigger.Update | pgtrigger.Delete)
#: Evidence is replaced by a newer version, never deleted.
KEPT = pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)


def who(label: Any = None, *, optional: bool = True) -> Any:
    """A foreign key to the account that acted; PROTECT, because the act stays. Nobody searches by it."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=optional,
        blank=optional,
        related_name="+",
        verbose_name=label,
        db_index=False,
    )


def stored(*, optional: bool = False, label: Any = None) -> Any:
    """A foreign key to an uploaded file."""
    return models.ForeignKey(
        "kernel.StoredFile",
        models.PROTECT,
        null=optional,
        blank=optional,
        related_name="+",
        verbose_name=label,
        db_index=False,
    )


def together(*fields: str) -> Q:
    """All of these nullable columns are set, or none of them."""
    return Q(**{f"{field}__isnull": True for field in fields}) | Q(
        **{f"{field}__isnull": False for field in fields}
    )
