"""What contracting does when a lower room tells it something."""
