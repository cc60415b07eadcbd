"""The dashboard in a browser: the server, and the page that it sends."""
