/**
 * `rondo/client`: a typed client of a Rondo server. Needs `fetch` and nothing of Node.
 */
export { type Answering, type Client, createClient, type FlowClient, type Flows, type InboxClient } from './client/client.ts'
export { type ClientOptions, RondoClientError } from './client/requests.ts'
export { type ClientEvent, type Follow, RemoteRun, type StartRun } from './client/runs.ts'
export type { CaseDocument, EntryDocument, ItemDocument, ResultDocument, RunDocument } from './http/documents.ts'
