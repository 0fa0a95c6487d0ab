"""What is handed over: version folders with a manifest, published whole and verified alone."""
