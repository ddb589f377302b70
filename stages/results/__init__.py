"""``models/lens``, ``models/classify`` and ``plots``: what was measured."""
