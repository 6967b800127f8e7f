"""Accounts in the administration: no password is ever chosen by staff (ASVS 6.4.6)."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from upt_portal.accounts import recovery, states
from upt_portal.accounts.models import FacultyScope, User
from upt_portal.accounts.requests import signed_in
from upt_portal.accounts.workflow import AccountState
from upt_portal.kernel import clock
from upt_portal.kernel.moves import MoveRefused


class FacultyScopeInline(admin.TabularInline[FacultyScope, User]):
    model = FacultyScope
    extra = 0


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    """Who may sign in, with roles and faculties; an administrator cannot grant more than he has (E4)."""

    list_display = [
        "email",
        "last_name",
        "first_name",
        "role_list",
        "state",
        "is_staff",
        "is_active",
        "last_login",
    ]
    list_filter = ["groups", "state", "is_staff", "is_active"]
    search_fields = ["email", "last_name", "first_name"]
    ordering = ["last_name", "first_name"]
    fields = ["email", "last_name", "first_name", "language", "groups", "is_staff", "is_active", "last_login"]
    fields += ["state", "locked_until", "institutional_email"]
    readonly_fields = ["last_login", "state", "locked_until", "institutional_email"]
    filter_horizontal = ["groups"]
    inlines = [FacultyScopeInline]
    actions = ["send_reset_link", "lock", "unlock"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=_("roles"))
    def role_list(self, user: User) -> str:
        from upt_portal.accounts.roles import LABELS

        return ", ".join(str(LABELS.get(group.name, group.name)) for group in user.groups.all())

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # a person who acted stays in the trace; the account is made inactive instead

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
            obj.state = AccountState.NOT_ACTIVATED
        super().save_model(request, obj, form, change)

    @admin.action(description=_("Send a link for a new password"))
    def send_reset_link(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            recovery.ask_reset(user.email)
        self.message_user(request, _("The link is on its way."), messages.SUCCESS)

    @admin.action(description=_("Lock the accounts"), permissions=["change"])
    def lock(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Until somebody unlocks them; every open sign-in ends."""
        self._each(request, users.exclude(pk=signed_in(request).pk), states.lock)

    @admin.action(description=_("Unlock the accounts"), permissions=["change"])
    def unlock(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._each(request, users, states.unlock)

    def _each(self, request: HttpRequest, users: QuerySet[User], act: Any) -> None:
        done = 0
        for user in users:
            if not self.has_change_permission(request, user):
                continue
            try:
                act(user.pk, actor=signed_in(request), at=clock.now())
                done += 1
            except MoveRefused as refused:
                self.message_user(request, f"{user}: {refused}", messages.WARNING)
        if done:
            self.message_user(request, _("Done: %(count)s.") % {"count": done}, messages.SUCCESS)
