"""How far the evidence beside a law can be believed: measured where the truth is known."""
