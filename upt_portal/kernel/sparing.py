"""Migrations of an empty database run with the same statements, in a third of the time.

Nearly all the time of Django's `migrate` goes into drawing model classes anew after every operation, together
with all their neighbours, each field through its deconstruction. Here a field is copied, and a constraint, an
index or a trigger, which no neighbour can see, is only noted on its own model.

A first start and the tests' database go this way; `migrate` by itself does not, and a database that has data
never does. `tests/embedded/both_ways.py` compares what both ways make.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from django.db.migrations.state import ProjectState
from django.db.models import Field
from django.utils.functional import cached_property
from pgtrigger import migrations as triggers

#: Operations after which no other model looks different.
_UNSEEN = (
    (ProjectState, "_append_option"),
    (ProjectState, "_remove_option"),
    (ProjectState, "_alter_option"),
    (triggers.AddTrigger, "state_forwards"),
    (triggers.RemoveTrigger, "state_forwards"),
)


@contextmanager
def sparing() -> Iterator[None]:
    """Inside, migrations draw only what they need."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(Field, "clone", _copied))
        for kind, name in _UNSEEN:
            stack.enter_context(mock.patch.object(kind, name, _without_drawing(getattr(kind, name))))
        yield


def _copied(field: Any) -> Any:
    """A copy that belongs to no model, with the place in the order that a new one would get."""
    made = copy.deepcopy(field)
    for name in _remembered(type(field)) & made.__dict__.keys():
        del made.__dict__[name]
    if made.auto_created:
        made.creation_counter = Field.auto_creation_counter
        Field.auto_creation_counter -= 1
    else:
        made.creation_counter = Field.creation_counter
        Field.creation_counter += 1
    return made


_known: dict[type, frozenset[str]] = {}


def _remembered(kind: type) -> frozenset[str]:
    """Attributes that a field of this class works out once."""
    if kind not in _known:
        members = {name: member for base in reversed(kind.__mro__) for name, member in vars(base).items()}
        _known[kind] = frozenset(
            name for name, member in members.items() if isinstance(member, cached_property)
        )
    return _known[kind]


def _without_drawing(change: Callable[..., None]) -> Callable[..., None]:
    def changed(self: Any, *args: Any) -> None:
        with mock.patch.object(ProjectState, "reload_model", _wait):
            change(self, *args)

    return changed


def _wait(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> None:
    """Note on the model as it is drawn what stands on it; code of a migration draws everything anew first."""
    state.is_delayed = True
    if "apps" in state.__dict__:
        options = state.models[app_label, model_name].options
        drawn = state.apps.get_model(app_label, model_name)._meta
        drawn.constraints = list(options.get("constraints", ()))
        drawn.indexes = list(options.get("indexes", ()))
