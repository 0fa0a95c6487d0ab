"""The crew: decides what is done when, on which terms, and sees that it gets done."""
