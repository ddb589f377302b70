"""Tests; the folders mirror ``stages``."""

from hypothesis import settings

# The same examples on every run, and no time limit each: the machines of a CI are busy.
settings.register_profile("repository", deadline=None, derandomize=True, database=None)
settings.load_profile("repository")
