"""A stand-in for the card provider: Stripe's checkout over loopback, for development and tests.

It answers the few addresses the portal calls, shows a hosted card page with test cards, and sends
signed events until they are received. Standard library only; it never sees a real card.
"""
