"""Questions that pages, services and messages ask of the tables."""
