"""Django signals for integrators: `from auth.signals import security_event`."""

from django.dispatch import Signal

security_event = Signal()
"""Sent for every stored SecurityEvent (`event`), after its transaction, on the writer's thread."""
