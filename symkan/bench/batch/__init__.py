"""What `symkan batch` promises, measured: throughput, and whole results whatever is killed."""
