"""Compiles every template of the project: a wrong tag shows here, not to a student."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template import TemplateDoesNotExist, TemplateSyntaxError, engines
from django.template.backends.django import DjangoTemplates
from django.template.loader import get_template


class Command(BaseCommand):
    help = "Compile every template of the project."

    def handle(self, *args: Any, **options: Any) -> None:
        names = sorted(set(template_names()))
        wrong = [fault for name in names if (fault := _fault(name))]
        for fault in wrong:
            self.stderr.write(fault)
        if wrong:
            raise CommandError(f"{len(wrong)} of {len(names)} templates do not compile")
        self.stdout.write(f"{len(names)} templates compile")


def template_names() -> Iterator[str]:
    """The names of the project's own templates, as `get_template` takes them."""
    for engine in engines.all():
        if isinstance(engine, DjangoTemplates):
            for folder in map(Path, engine.template_dirs):
                if folder.is_relative_to(settings.BASE_DIR) and ".venv" not in folder.parts:
                    yield from (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _fault(name: str) -> str:
    try:
        get_template(name)
    except (TemplateSyntaxError, TemplateDoesNotExist) as error:
        return f"{name}: {type(error).__name__}: {error}"
    return ""
