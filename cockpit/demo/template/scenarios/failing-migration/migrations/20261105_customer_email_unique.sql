-- Migration: 20261105_customer_email_unique.sql
-- Author: Jonas Akande
-- Created: 2026-11-05
-- Estimated time: 1 minute

ALTER TABLE customers ADD COLUMN email_checked boolean;

-- One account per address, whatever its capitals.
CREATE UNIQUE INDEX customers_email ON customers (lower(email));
