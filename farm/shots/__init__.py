"""The shot list: what a person writes, read with line numbers, and what it means."""
