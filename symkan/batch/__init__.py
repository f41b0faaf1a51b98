"""A folder of tables: a process for each, on one machine or a cluster, and what the folder holds in one page."""
