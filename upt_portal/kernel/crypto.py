"""Columns that are encrypted, and the blind index by which an encrypted value is still found."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, models, router
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import pre_save

from upt_portal.kernel.cnp import birth_date_of, check_cnp, make_cnp, mask_cnp
from upt_portal.kernel.names import normalise

__all__ = [  # what concerns a CNP is pure and lives in `cnp`; who stores one finds it here as well
    "EncryptedText",
    "SealBroken",
    "birth_date_of",
    "blind_index",
    "check_cnp",
    "make_cnp",
    "mask_cnp",
    "reserve_keys",
]

_NONCE = 12
_NOT_COMPARED = "an encrypted column is written through its row and found by its blind index"


class SealBroken(Exception):
    """A cell that does not open: altered, moved from another row, or written with a key no longer known."""


@dataclass(frozen=True)
class Sealed:
    """A cell as the database keeps it, "key id:base64"; opened only through its row."""

    text: str


@lru_cache(maxsize=4)
def _keys(setting: str) -> dict[str, AESGCM]:
    try:
        pairs = [pair.strip().split(":", 1) for pair in setting.split(",")]
        keys = {name: AESGCM(base64.b64decode(key, validate=True)) for name, key in pairs}
    except ValueError as error:
        raise ImproperlyConfigured('FIELD_KEYS must be "id:base64", each key of 32 bytes') from error
    return keys


def seal(text: str, place: str) -> Sealed:
    """`text` encrypted for one place ("table.column:row") with the current key, the first of FIELD_KEYS."""
    keys = _keys(settings.FIELD_KEYS)
    name = next(iter(keys))
    nonce = os.urandom(_NONCE)
    cell = nonce + keys[name].encrypt(nonce, text.encode(), place.encode())
    return Sealed(f"{name}:{base64.b64encode(cell).decode()}")


def unseal(sealed: Sealed, place: str) -> str:
    """The text of a cell, if it was sealed for this place. Raises SealBroken otherwise."""
    name, _, cell = sealed.text.partition(":")
    key = _keys(settings.FIELD_KEYS).get(name)
    try:
        raw = base64.b64decode(cell, validate=True)
        if key is None:  # the name is not repeated: what stands there may be a text that was never sealed
            raise SealBroken(f"the cell {place} was sealed with no key of FIELD_KEYS")
        return key.decrypt(raw[:_NONCE], raw[_NONCE:], place.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise SealBroken(f"the cell {place} does not open") from error


class _Cell(DeferredAttribute):
    """Opens the cell when it is read through its row; until then it lies sealed in the instance."""

    field: EncryptedText

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        return unseal(value, self.field.place(instance)) if isinstance(value, Sealed) else value

    def __set__(self, instance: models.Model, value: object) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedText(models.TextField[Any, Any]):
    """Text that the database sees only encrypted (AES-GCM), bound to table, column and primary key.

    A cell copied to another row does not open (SealBroken). The empty text is stored as it is. Queries cannot
    compare the column: store a `blind_index` beside it. `values()`, caches and fixtures hold the sealed cell
    (a fixture with one cannot be loaded: rows move between databases with the database's own tools).
    A new row takes its key from the table's sequence before it is inserted; for bulk_create, `reserve_keys`.
    """

    descriptor_class = _Cell

    def place(self, instance: models.Model) -> str:
        """What the cell of `instance` is bound to."""
        return f"{self.model._meta.label_lower}.{self.name}:{instance.pk}"

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        if not cls._meta.abstract:
            pre_save.connect(_reserve_key, sender=cls, dispatch_uid=f"encrypted-{cls._meta.label}")

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        if self.unique or getattr(self, "db_index", False):
            found.append(
                checks.Error("An encrypted column cannot be indexed.", "Use a blind index.", obj=self)
            )
        return found

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Sealed | str | None:
        return Sealed(value) if value else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | str | None:
        value = model_instance.__dict__.get(self.attname)
        if not value:
            return value
        if model_instance.pk is None:
            raise SealBroken("a row needs its key before its cell is sealed: see reserve_keys")
        place = self.place(model_instance)
        if isinstance(value, Sealed):  # untouched; opening it proves that the row is still its own
            current = value.text.partition(":")[0] == next(iter(_keys(settings.FIELD_KEYS)))
            text = unseal(value, place)
            return value if current else seal(text, place)
        return seal(str(value), place)

    def get_prep_value(self, value: Any) -> str | None:
        if isinstance(value, Sealed):
            return value.text
        if not value:
            return None if value is None else ""
        raise TypeError(_NOT_COMPARED)

    def value_to_string(self, obj: models.Model) -> str:
        value = self.pre_save(obj, add=False)
        return value.text if isinstance(value, Sealed) else value or ""

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in ("exact", "isnull"):
            raise TypeError(_NOT_COMPARED)
        return super().get_lookup(lookup_name)


def _reserve_key(sender: type[models.Model], instance: models.Model, using: str, **_: object) -> None:
    if instance.pk is None:
        _take_keys([instance], using)


def reserve_keys(rows: list[Any]) -> None:
    """Give new rows of one model their primary keys, in one query, before bulk_create seals their cells."""
    new = [row for row in rows if row.pk is None]
    if new:
        _take_keys(new, router.db_for_write(type(new[0])))


def _take_keys(rows: list[Any], using: str) -> None:
    meta = rows[0]._meta
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [connections[using].ops.quote_name(meta.db_table), meta.pk.column, len(rows)],
        )
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key


def blind_index(value: str, purpose: str) -> str:
    """A keyed fingerprint (HMAC-SHA256, 64 hex digits) of `value`, equal for equal values of one purpose.

    value: compared without blanks, hyphens and letter case. purpose: such as "cnp"; two purposes never match.
    Empty for an empty value, so that a missing one matches no other.
    """
    bare = "".join(normalise(value).replace("-", "").split()).casefold()
    if not bare:
        return ""
    message = f"{purpose}:{bare}".encode()
    return hmac.new(settings.BLIND_INDEX_KEY.encode(), message, hashlib.sha256).hexdigest()
