"""How many e-mails of a list bounce: forecasts, send lists and the calibration of the vendor's risk."""
