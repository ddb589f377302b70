"""``data/raw``: the data sets as canonical tables, and how text becomes words.

``download`` writes it, ``tokenize`` reads it.
"""
