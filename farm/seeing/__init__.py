"""What can be seen of a run from outside: metrics, traces and logs, all told by its events."""
