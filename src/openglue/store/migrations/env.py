"""Alembic looks for this file; OpenGlue runs its migrations from `openglue.store.opening`."""
