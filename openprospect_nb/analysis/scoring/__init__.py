"""How well a company fits, as a score from 0 to 100, why it has that score, and what drives high scores."""
