"""The secretariat's work in the administration; importing the modules registers them."""

from contracting.admin import campaigns, tables, workspace
from contracting.admin.nav import tell_queues
from upt_portal.kernel import desk

desk.register_queues("contracting", tell_queues)

__all__ = ["campaigns", "tables", "workspace"]
