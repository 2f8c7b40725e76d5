-- Migration: 20261103_delivery_day.sql
-- Author: Mira Lindqvist
-- Created: 2026-11-03
-- Estimated time: 5 seconds

-- Nullable and without a default: no rewrite, the lock is held for a moment only.
ALTER TABLE orders ADD COLUMN delivery_on date;
