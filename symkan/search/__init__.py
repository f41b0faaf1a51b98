"""The search: which networks to try, their edges chosen in context, and which law to answer."""
