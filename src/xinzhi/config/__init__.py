"""What was asked: composed, judged and named before anything heavy is loaded."""
