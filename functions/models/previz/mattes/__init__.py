"""Pictures that are given as keyframes: projected into space, so that a camera can move in them."""
