"""What looks at the pipeline's results from outside: no stage imports it."""
