"""A Power BI project from the same definitions as the web page: a model in TMDL, pages in PBIR."""
