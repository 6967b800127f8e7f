"""What the tables of the administration share: read-only classes, capped lists, histories in words."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Field, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from upt_portal.kernel import audit, clock, dates
from upt_portal.kernel.models import TraceEntry
from upt_portal.kernel.page import TimelineItem
from upt_portal.kernel.templatetags.formats import language

if TYPE_CHECKING:
    from upt_portal.accounts.models import User

#: Beyond so many rows nobody turns pages; counting all of them would cost more than the page itself.
MOST_COUNTED: Final = 5000


class CappedPaginator(Paginator[Any]):
    """Pages over the first 5,000 rows; further ones are found by searching or filtering."""

    @cached_property
    def count(self) -> int:
        if isinstance(self.object_list, QuerySet):
            return int(self.object_list.order_by()[:MOST_COUNTED].count())
        return len(self.object_list)


class TableAdmin(admin.ModelAdmin[Any]):
    """A list of the administration: 50 rows, capped counting, no deleting of many at once."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    actions = None

    def history_items(self, request: HttpRequest, obj: Any) -> Sequence[TimelineItem]:
        """The history page's entries, newest first; by default the trace of the row."""
        return trace_items(audit.trail(obj))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Mapping[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        given = {"trail": self.history_items(request, obj), **(extra_context or {})}
        return super().history_view(request, object_id, given)


class Kept:
    """Rows that are never deleted: others rest on them."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OnlyRead(Kept):
    """Rows that services write and people only read; for a table and for rows under another one."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(OnlyRead, TableAdmin):
    """A table that services write and people only read."""


class ReadOnlyInline(OnlyRead, admin.TabularInline[Any, Any]):
    """Rows of another table under the one that is open, to be read by whoever may open that one."""

    template = "kernel/admin/rows.html"
    extra = 0
    can_delete = False
    classes: Sequence[str] = ("collapse",)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.get_fields(request, obj)


def due_in_words(due_on: date, *, open: bool = True) -> str:
    """Due date of a task of staff, days left, overdue (REC-003); the date alone once it is done.

    Examples:
        due 23.11.2026, today 20.11.2026 -> "23.11.2026, days left: 3"
        due 19.11.2026, today 20.11.2026 -> "19.11.2026, overdue"
    """
    day = f"{due_on:%d.%m.%Y}"
    left = (due_on - clock.today()).days
    if not open:
        return day
    if left < 0:
        return _("%(day)s, overdue") % {"day": day}
    if left == 0:
        return _("%(day)s, today") % {"day": day}
    return _("%(day)s, days left: %(days)s") % {"day": day, "days": left}


# ---- histories ---------------------------------------------------------------------------------------------


def trace_items(entries: QuerySet[TraceEntry]) -> list[TimelineItem]:
    """The trace in words, newest first, with the person: this is for colleagues, not for the student."""
    return [
        TimelineItem(audit.sentence_of(entry), "done", _detail(entry))
        for entry in sorted(entries, key=lambda entry: -entry.number)
    ]


def _detail(entry: TraceEntry) -> str:
    who = str(entry.actor) if entry.actor else _("the portal")
    parts = [dates.moment(entry.at, language()), who, entry.reason]
    return " · ".join(part for part in parts if part)


#: Columns of a row history that are no facts of the row.
_HIDDEN = frozenset({"id", "search", "sort", "fingerprint", "claimed_by", "claimed_at"})


def row_history(events: QuerySet[Any]) -> list[TimelineItem]:
    """What changed in a row, from the history its database trigger keeps: newest first, old and new value.

    events: of one row, by pghistory. Two queries, whatever their number.
    """
    rows = list(events.order_by("pgh_id").select_related("pgh_context"))
    names = _names_of(rows)
    items: list[TimelineItem | None] = [_first(rows[0], names)] if rows else []
    items += [_changed(before, after, names) for before, after in pairwise(rows)]
    return [item for item in reversed(items) if item is not None]


def _names_of(rows: Sequence[Any]) -> dict[int, str]:
    ids = {row.pgh_context.metadata.get("user") for row in rows if row.pgh_context} - {None}
    people: QuerySet[User] = get_user_model().objects.filter(pk__in=ids)
    return {person.pk: str(person) for person in people}


def _stamp(row: Any, names: Mapping[int, str]) -> str:
    who = names.get(row.pgh_context.metadata.get("user")) if row.pgh_context else None
    return f"{dates.moment(row.pgh_created_at, language())} · {who or _('the portal')}"


def _first(row: Any, names: Mapping[int, str]) -> TimelineItem:
    return TimelineItem(_("First kept"), "done", _stamp(row, names))


def _changed(before: Any, after: Any, names: Mapping[int, str]) -> TimelineItem | None:
    changes = [
        f"{capfirst(str(field.verbose_name))}: {_shown(before, field)} → {_shown(after, field)}"
        for field in after._meta.concrete_fields
        if not field.name.startswith("pgh_")
        and field.name not in _HIDDEN
        and getattr(before, field.attname) != getattr(after, field.attname)
    ]
    if not changes:
        return None
    return TimelineItem("; ".join(changes), "done", _stamp(after, names))


def _shown(row: Any, field: "Field[Any, Any]") -> str:
    value = getattr(row, field.attname)
    if value in (None, ""):
        return "–"
    shown = getattr(row, f"get_{field.name}_display", None)
    return str(shown() if shown else value)
