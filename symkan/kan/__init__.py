"""Kolmogorov-Arnold networks in torch: splines, networks, training, pruning."""
