"""Streets, travel times, route problems and the engines that solve them."""
