"""Accounts in the administration: no password is ever chosen by staff (ASVS 6.4.6)."""

from typing import Any

from allauth.account.forms import ResetPasswordForm
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from upt_portal.accounts.models import FacultyScope, User


class FacultyScopeInline(admin.TabularInline[FacultyScope, User]):
    model = FacultyScope
    extra = 0


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    """Who may sign in, with roles and faculties; an administrator cannot grant more than he has (E4)."""

    list_display = ["email", "last_name", "first_name", "role_list", "is_staff", "is_active", "last_login"]
    list_filter = ["groups", "is_staff", "is_active"]
    search_fields = ["email", "last_name", "first_name"]
    ordering = ["last_name", "first_name"]
    fields = ["email", "last_name", "first_name", "language", "groups", "is_staff", "is_active", "last_login"]
    readonly_fields = ["last_login"]
    filter_horizontal = ["groups"]
    inlines = [FacultyScopeInline]
    actions = ["send_reset_link"]
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
        super().save_model(request, obj, form, change)

    @admin.action(description=_("Send a link for a new password"))
    def send_reset_link(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            form = ResetPasswordForm({"email": user.email})
            if form.is_valid():
                form.save(request)
        self.message_user(request, _("The link was sent."), messages.SUCCESS)
