"""What a job file costs beside the same written by hand, and Spark beside other engines, on generated tables."""
