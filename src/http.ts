/**
 * `rondo/http`: a running system over HTTP: flows, runs, the inbox, an OpenAI-compatible door, metrics, and the console.
 */
export {
  type Arrival,
  type Authenticator,
  anyOf,
  type Principal,
  SCOPES,
  type Scope,
  TokenAccess,
  type TokenOptions,
} from './http/access.ts'
export { type HttpApp, type HttpOptions, httpApp, type Mounted } from './http/app.ts'
export { type Served, type ServeOptions, serveHttp } from './http/serve.ts'
export { type SignInOptions, UserAccess } from './http/sign-in.ts'
export { verifyWebhook } from './http/signature.ts'
export {
  type WebhookEndpoint,
  type WebhookEvent,
  type WebhookOptions,
  type Webhooks,
  webhooks,
} from './http/webhooks.ts'
