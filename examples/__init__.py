"""Examples that run: a generator of the data, a job, and an independent computation of what the job must give."""
