"""Dagster over a workspace: an asset per table, a daily schedule, a sensor for what arrives."""
