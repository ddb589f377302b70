"""The grid of the ablation: cells of R and K."""
