"""Given footage remade: its motion stays, its light and its backdrop become the scene's."""
