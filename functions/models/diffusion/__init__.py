"""What families that run through diffusers share: loading, levers, steps, and latents as bytes."""
