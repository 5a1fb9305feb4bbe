"""Train: from the data sets to the model files, through the normaliser that reading uses."""
