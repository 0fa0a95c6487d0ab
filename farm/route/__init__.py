"""The route of a shot through the farm: which tasks it wants, and why. One file a stage."""
