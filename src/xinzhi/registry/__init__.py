"""Who is champion: versions of models, their names and aliases."""
