"""``models/classify``: the methods that are compared, and what was measured of them.

``classify`` writes it, ``report`` and the studies read it.
"""
