"""The dashboard as a Tableau workbook: the same metrics, visuals and pages, compiled to text."""
