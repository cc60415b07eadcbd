"""The metrics in the formats that other tools read: dbt MetricFlow, and Apache Ossie (OSI)."""
