"""How one room names a thing of another without knowing it: "contracting.annex:17"."""

from django.db.models import Model


def reference(thing: Model) -> str:
    """The reference of a saved row: app label, model, primary key. Raises ValueError for an unsaved one."""
    if thing.pk is None:
        raise ValueError(f"{type(thing).__name__} has no number yet")
    return f"{thing._meta.label_lower}:{thing.pk}"
