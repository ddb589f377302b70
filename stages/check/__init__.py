"""Stage ``check``: nothing is removed or run as long as a parameter is wrong.

In: ``params.yaml`` as a whole (``whole.py``). Out: ``data/checked.txt``, always the same.
"""
