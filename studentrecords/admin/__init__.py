"""The records in the administration; importing the modules registers them."""

from studentrecords.admin import (
    activation,
    announcements,
    communication,
    curriculum,
    exams,
    increases,
    information,
    moving,
    papers,
    personal,
    tables,
)

__all__ = [
    "activation",
    "announcements",
    "communication",
    "curriculum",
    "exams",
    "increases",
    "information",
    "moving",
    "papers",
    "personal",
    "tables",
]
