-- Whether an order may go only where its number of companies is sent: both of a pilot.
ALTER TABLE purchases ADD COLUMN counted INTEGER;
