"""The data plane: what runs on the machine that makes pictures."""
