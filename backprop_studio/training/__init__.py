"""Optimisers and the training loop. Knows programs, not graphs; no Qt."""
