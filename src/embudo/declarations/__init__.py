"""What models declare: parameters with their limits and words, and what begins a training."""
