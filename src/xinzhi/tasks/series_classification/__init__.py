"""Series of sensor values to labels: windows are cut from each series, a series gets one label."""
