"""LTX-2.x by Lightricks: picture and sound, drafted in eight steps, mastered from latents."""
