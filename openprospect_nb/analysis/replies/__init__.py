"""Who answers: what replies and deals teach about the next list."""
