"""What is searched and how: configurations are drawn or asked for, pruned and ranked."""
