"""What Glue versions are and what runs them here, as data.

A *Glue version* is AWS's name for a Python and a Spark. A *profile* is what this program can install
(`openglue.runtimes`). `resolve` says which profile runs a job, and in one sentence for the run's log how that differs
from what was asked for.
"""

from openglue.model.profiles.glue_version import GLUE_VERSIONS, GlueVersion
from openglue.model.profiles.profile import PROFILES, Profile
from openglue.model.profiles.resolution import Resolution, resolve

__all__ = ["GLUE_VERSIONS", "PROFILES", "GlueVersion", "Profile", "Resolution", "resolve"]
