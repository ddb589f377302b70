"""What all stages stand on: files whole or not at all, parameters, random streams, kernels.

No stage of its own. Begin with ``atomic.py`` (files), ``params.py`` (params.yaml), ``console.py``
(messages and errors) or ``compiled.py`` (loops that give the same bytes everywhere).
"""

from stages.core import alone as alone  # before what it is to find another's
from stages.core import limits as limits
from stages.core import processor as processor  # before NumPy, which every other module may import
