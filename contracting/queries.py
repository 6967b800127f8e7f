"""Reads of contracting: what a page, a queue, a task or the front door asks."""
