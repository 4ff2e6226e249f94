/**
 * Version 2: a run keeps the trace it was started in.
 */
export const traceparent = 'ALTER TABLE runs ADD COLUMN traceparent TEXT;'
