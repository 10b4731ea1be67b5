"""NumPy reverse-mode autodiff: operations, programs, the interpreter. Knows no graph editor and no Qt."""
