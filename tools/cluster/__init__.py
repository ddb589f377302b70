"""Runs the stages of a DVC pipeline on the workers of a Dask cluster: on all cores, or on machines.

It knows nothing of any pipeline in particular, and of DVC only its command line. Each stage runs in
a folder of its own and leaves its run in DVC's run cache, where ``dvc repro`` then finds it.
"""
