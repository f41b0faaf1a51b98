"""Networks by hand: build, fit, prune, look at and write down a KAN, one step at a time."""
