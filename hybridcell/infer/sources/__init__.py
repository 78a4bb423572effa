"""What inference of parameters asks of the things that have parameters: problems, fits and functions."""
