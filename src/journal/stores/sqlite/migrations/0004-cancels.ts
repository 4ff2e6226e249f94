/**
 * Version 4: runs that are to be cancelled are found without reading through the queue of their flow.
 */
export const cancels = `CREATE INDEX runs_to_cancel ON runs (flow, ready_at) WHERE ready_at IS NOT NULL AND request = 'cancel';`
