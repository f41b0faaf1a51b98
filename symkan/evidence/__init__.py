"""How far a law can be trusted: what else fits, what a network makes of the table, what the constants are worth."""
