"""One class per gesture on the canvas: start, move, finish, cancel."""
