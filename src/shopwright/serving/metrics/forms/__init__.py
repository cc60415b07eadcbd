"""The forms that any metric can take, one file each; `metric` stands for the metric."""
