"""Tables: reading, checking, splitting and scaling them."""
