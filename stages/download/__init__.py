"""Stage ``download``: the data sets as canonical tables.

In: the Hub, a folder of the user's, or labelled text that is bundled; the same rows give the same
bytes from each. Out: ``data/raw``. Begin with ``stage.py``; a source is a module.
"""
