/**
 * Who asks, as access and the audit log have it.
 */
import type { Actor } from '../index.ts'
import type { Request } from './endpoint.ts'

export function actorOf({ principal, context }: Pick<Request<unknown, unknown>, 'principal' | 'context'>): Actor {
  const { name, credential } = principal
  return { by: name, ...(credential !== undefined && { credential }), ...context.get('arrival') }
}
