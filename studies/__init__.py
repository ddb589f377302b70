"""Experiments beyond the main one: each runs the pipeline's own programs in a folder of its own."""
