"""What Shopwright costs, measured against a hand-written script and against raw COPY."""
