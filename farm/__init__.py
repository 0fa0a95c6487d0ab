"""The control plane of the render farm: what is asked, what it costs, who does it."""
