"""LTX by Lightricks, drafted in eight steps and mastered from latents: LTX-2.x, and LTX-Video."""
