"""The grid of the ablation: what its cells of R and K are, and its section of params.yaml.

``sgns`` trains a cell by its name; ``classify`` reads its label budgets. Begin with ``cell.py``.
"""
