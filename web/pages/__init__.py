"""Pages, a file each, as the sidebar lists them."""
