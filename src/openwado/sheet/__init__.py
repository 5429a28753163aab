"""Contact sheets: the pictures of many objects on few pages."""
