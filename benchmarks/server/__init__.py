"""The server under load, faults and time, on real sockets. `make bench-server` writes docs/reliability.md."""
