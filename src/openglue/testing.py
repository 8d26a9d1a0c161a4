"""The pytest plugin for users of OpenGlue."""
