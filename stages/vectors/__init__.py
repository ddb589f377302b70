"""``data/tokens`` and ``models/sgns``: texts as ids, and word vectors.

``tokenize`` and ``sgns`` write them, ``sgns``, ``lens`` and ``classify`` read them.
"""
