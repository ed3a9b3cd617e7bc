"""What people said of rows: tasks for annotation tools, their answers, agreement, doubt."""
