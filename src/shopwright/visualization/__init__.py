"""What people look at: the dashboard's pages, the figures behind them, and the web page."""
