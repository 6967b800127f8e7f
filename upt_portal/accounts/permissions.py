"""Who somebody is: roles and faculties, asked once a request."""

from functools import partial

from upt_portal.accounts import roles
from upt_portal.accounts.models import User


def _remembered(user: User, name: str, ask: "partial[frozenset[str]]") -> frozenset[str]:
    """The answer kept on the user object, which lives as long as the request."""
    kept = user.__dict__.get(name)
    if kept is None:
        kept = ask()
        user.__dict__[name] = kept
    return frozenset(kept)


def role_names(user: User) -> frozenset[str]:
    """Names of the user's roles; empty for somebody not signed in or inactive."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    return _remembered(user, "_role_names", partial(_ask_roles, user))


def _ask_roles(user: User) -> frozenset[str]:
    return frozenset(user.groups.values_list("name", flat=True))


def has_role(user: User, *names: str) -> bool:
    """True when the user holds one of the roles; a superuser holds the administrator's role only."""
    held = role_names(user)
    if user.is_authenticated and user.is_superuser:
        held |= {roles.ADMINISTRATOR}
    return not held.isdisjoint(names)


def faculty_codes(user: User) -> frozenset[str]:
    """Codes of the faculties whose students the user may see as a member of staff (CON-012)."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    return _remembered(user, "_faculty_codes", partial(_ask_faculties, user))


def _ask_faculties(user: User) -> frozenset[str]:
    return frozenset(user.faculty_scopes.values_list("faculty_code", flat=True))
