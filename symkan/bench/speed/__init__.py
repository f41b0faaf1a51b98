"""How fast symkan is beside other packages, in pairs on one machine, and how its time and memory grow."""
