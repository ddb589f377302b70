"""Stage ``lens``: what the geometry of vectors says, without any label.

In: a folder of ``models/sgns``, and the text that it was learned from. Out: ``models/lens``. Begin
with ``look.py``; the measures and their sources are in ``measures.py``.
"""
