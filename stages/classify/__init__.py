"""Stage ``classify``: what word vectors buy a classifier, at one label budget.

B  examples in a batch          C  classes
T  tokens of the longest one    d  dimensions
rows  of the embedding table: ``<unk>`` (row 0) and every word that has one
"""
