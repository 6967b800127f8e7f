"""Parameters in the administration: a decision puts a value in place, from a day on, for a scope."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from upt_portal.kernel import audit, clock, params, rulebook
from upt_portal.kernel.kinds import BadValue
from upt_portal.kernel.models import ParameterOverride
from upt_portal.kernel.words import language

if TYPE_CHECKING:
    from upt_portal.accounts.models import User

audit.register_act("kernel.set_parameter", _("A value was set for a parameter"))
audit.register_act("kernel.drop_parameter", _("A value that was not yet in force was withdrawn"))

Kind = ParameterOverride.ScopeKind


def shown(override: ParameterOverride) -> str:
    """The value of a row with its unit; as it is stored when its parameter has gone or changed its kind."""
    try:
        parameter = params.parameter(override.name)
        return parameter.shown(parameter.restore(override.value), language())
    except (LookupError, BadValue):
        return str(override.value)


class ParameterOverrideForm(forms.ModelForm[ParameterOverride]):
    """Text is typed and read by the kind of its parameter; what does not fit is refused in words."""

    name = forms.ChoiceField(label=_("parameter"))
    typed = forms.CharField(label=_("value"), required=False, max_length=500)

    class Meta:
        model = ParameterOverride
        fields = ["name", "scope_kind", "scope_ref", "first_day", "decision"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rulebook.load()
        known = sorted(params.PARAMETERS.values(), key=lambda parameter: parameter.name)
        choices = [(parameter.name, f"{parameter.name} – {parameter.help}") for parameter in known]
        cast(forms.ChoiceField, self.fields["name"]).choices = [("", "—"), *choices]
        if self.instance.pk and self.instance.name in params.PARAMETERS:
            parameter = params.parameter(self.instance.name)
            self.initial["typed"] = parameter.typed(parameter.restore(self.instance.value))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        name = cleaned.get("name")
        if not name:
            return cleaned
        parameter = params.parameter(name)
        try:
            self.instance.value = parameter.store(parameter.read(cleaned.get("typed", "")))
        except BadValue as refused:
            self.add_error("typed", ValidationError(str(refused)))
        self._check_scope(parameter, cleaned.get("scope_kind", ""), cleaned.get("scope_ref", ""))
        return cleaned

    def _check_scope(self, parameter: params.Parameter[Any], kind: str, ref: str) -> None:
        if kind not in parameter.scopes:
            allowed = ", ".join(str(Kind(scope).label) for scope in parameter.scopes)
            self.add_error(
                "scope_kind", _("This parameter can be set for: %(scopes)s.") % {"scopes": allowed}
            )
        elif kind == params.UNIVERSITY and ref:
            self.add_error("scope_ref", _("Leave this empty: the value holds for the whole university."))
        elif kind != params.UNIVERSITY and not ref:
            self.add_error("scope_ref", _("Enter the code of the faculty or programme, or the campaign."))
        elif ref and not params.scope_exists(kind, ref):
            self.add_error(
                "scope_ref", _("Nothing has the code “%(code)s”. Compare it with the list.") % {"code": ref}
            )


@admin.register(ParameterOverride)
class ParameterOverrideAdmin(admin.ModelAdmin[ParameterOverride]):
    """A value that has been in force stays as it was: another decision follows it, from its own day."""

    form = ParameterOverrideForm
    list_display = ["name", "scope", "first_day", "value_shown", "decision", "created_by", "created_at"]
    list_filter = ["scope_kind", "first_day"]
    list_select_related = ["created_by"]
    search_fields = ["name", "scope_ref", "decision"]
    fields = ["name", "scope_kind", "scope_ref", "first_day", "typed", "decision"]

    @admin.display(description=_("scope"), ordering="scope_kind")
    def scope(self, override: ParameterOverride) -> str:
        return f"{override.get_scope_kind_display()} {override.scope_ref}".strip()

    @admin.display(description=_("value"))
    def value_shown(self, override: ParameterOverride) -> str:
        return shown(override)

    def get_fields(self, request: HttpRequest, obj: ParameterOverride | None = None) -> Any:
        if self.has_change_permission(request, obj):
            return super().get_fields(request, obj)
        return ["name", "scope", "first_day", "value_shown", "decision", "created_by", "created_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: ParameterOverride | None = None) -> list[str]:
        return ["scope", "value_shown", "created_by", "created_at"]

    def has_change_permission(self, request: HttpRequest, obj: ParameterOverride | None = None) -> bool:
        return super().has_change_permission(request, obj) and _not_in_force_yet(obj)

    def has_delete_permission(self, request: HttpRequest, obj: ParameterOverride | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _not_in_force_yet(obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # each value is withdrawn by itself, and only before its day
        return actions

    def save_model(self, request: HttpRequest, obj: ParameterOverride, form: Any, change: bool) -> None:
        before = form.initial.get("typed", "") if change else ""
        if not change:
            obj.created_by = cast("User", request.user)
        super().save_model(request, obj, form, change)
        self._record(request, obj, "kernel.set_parameter", before=before)
        if obj.first_day < clock.today():
            messages.warning(
                request,
                _("The first day has passed. What was decided since then keeps the value it was decided by."),
            )

    def delete_model(self, request: HttpRequest, obj: ParameterOverride) -> None:
        self._record(request, obj, "kernel.drop_parameter", before=shown(obj))
        super().delete_model(request, obj)

    def _record(self, request: HttpRequest, row: ParameterOverride, act: str, before: str) -> None:
        data = {
            "name": row.name,
            "scope": f"{row.scope_kind}:{row.scope_ref}",
            "first_day": row.first_day.isoformat(),
            "value": row.value,
            "previous": before,
        }
        actor = cast("User", request.user)
        audit.record(row, act, actor=actor, at=clock.now(), reason=row.decision, data=data)


def _not_in_force_yet(override: ParameterOverride | None) -> bool:
    """A value may be corrected until the end of its first day."""
    return override is None or override.first_day >= clock.today()
