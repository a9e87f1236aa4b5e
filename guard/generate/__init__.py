"""The generator: the model that answers. It sees the redacted request and nothing else."""
