ALTER TABLE orders ADD COLUMN delivery_day TEXT;
-- migrate:down
ALTER TABLE orders DROP COLUMN delivery_day;
