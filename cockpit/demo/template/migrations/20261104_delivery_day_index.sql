-- Migration: 20261104_delivery_day_index.sql
-- Author: Mira Lindqvist
-- Created: 2026-11-04
-- Estimated time: 1 minute
-- Transaction: none

CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_delivery_on ON orders (delivery_on);
