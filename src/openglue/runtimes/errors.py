"""What goes wrong while installing."""

from __future__ import annotations


class InstallError(Exception):
    """Something could not be installed; the message says what and why, in one line for a user or a run's log."""
