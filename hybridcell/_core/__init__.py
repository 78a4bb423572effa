"""What every layer stands on: parameters, models, errors, files, settings."""
