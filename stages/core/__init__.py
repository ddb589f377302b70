"""What all stages stand on: files whole or not at all, parameters, random streams, kernels."""
