"""Stage ``tokenize``: from text to integer ids.

In: ``data/raw``. Out: ``data/tokens``, a folder for each corpus, with validation rows split off.
Begin with ``stage.py``.
"""
