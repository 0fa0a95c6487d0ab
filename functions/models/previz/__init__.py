"""The embedded model: a prompt becomes a scene, and a scene becomes pixels on any CPU."""
