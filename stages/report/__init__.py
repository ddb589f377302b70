"""Stage ``report``: tables, data series, metrics and figures in ``plots``, from all results."""
