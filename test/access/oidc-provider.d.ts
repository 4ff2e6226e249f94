/**
 * What the tests use of oidc-provider, which brings no types of its own.
 */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export default class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>)
    callback(): (request: IncomingMessage, response: ServerResponse) => void
    readonly Client: { find(id: string): Promise<unknown> } & (new (metadata: object) => unknown)
  }
}
