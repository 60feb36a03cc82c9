"""What `matrix` is made of: vectors as files, readers as processes, and what is asked of them."""
