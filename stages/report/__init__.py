"""Stage ``report``: tables, data series, metrics and figures.

In: ``models`` and what is said of the data. Out: ``plots``. Begin with ``stage.py``: tables are
read, findings computed, and then drawn and told; a number is computed in one place.
"""
