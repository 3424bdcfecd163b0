"""``config.yaml`` as a frozen, described tree."""
