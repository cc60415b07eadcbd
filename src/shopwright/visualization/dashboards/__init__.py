"""Each page of the dashboard, a file each: what it shows, and nothing of how it is drawn."""
