"""Customer lifetime value: what every customer will buy and spend in the time ahead."""
