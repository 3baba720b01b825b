"""What a job file may say, as typed models."""
