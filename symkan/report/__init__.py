"""A Discovery for readers: the law in their notation, and as code."""
