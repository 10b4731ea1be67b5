"""What is saved and undone: frozen graphs and pure functions on them. No Qt."""
