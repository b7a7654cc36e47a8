"""Settings of hypothesis for this folder: a busy machine must not fail a property."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")
