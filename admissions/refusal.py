"""A refusal that carries its reason, article and cure to the page: the kernel's, by the room's own name."""

from upt_portal.kernel.refusal import Refused, demand, refuse

__all__ = ["Refused", "demand", "refuse"]
