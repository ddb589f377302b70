"""Runs the stages of a DVC pipeline side by side, each in a Git worktree of its own.

It knows nothing of any pipeline in particular. ``python -m tools.jobs -j 4`` brings the same
outputs and the same ``dvc.lock`` as ``dvc repro``, which afterwards has nothing left to do.
"""
