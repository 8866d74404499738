"""Sample recordings and the script that writes them."""
