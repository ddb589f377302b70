"""Stage ``explore``: a page in which one types words and texts.

In: ``models/sgns/main``, and the classifiers kept in ``models/classify``. Out: ``models/explore``.
Begin with ``page.py``; what the page computes itself is in ``templates/explore.html.j2``.
"""
