"""The metrics, one file each, and in `forms/` what can be derived from any of them."""
