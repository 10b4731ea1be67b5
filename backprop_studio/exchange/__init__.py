"""Graphs to text and files and back: graph code and the exports."""
