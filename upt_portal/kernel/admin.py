"""The administration of the kernel; importing the modules registers them."""

from upt_portal.kernel import admin_machine, admin_params

__all__ = ["admin_machine", "admin_params"]
