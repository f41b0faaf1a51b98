"""From sampled edge functions to one expression with its constants: sympy, numpy and scipy, no torch."""
