"""What a person or a script sees: options, writers, words. Nothing else prints."""
