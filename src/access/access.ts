/**
 * Access: users, tokens, sessions, signing in, and the audit log of one system.
 *
 * Owns: that these fit together. Never: speaks a protocol; doors do (src/http/sign-in.ts).
 */
import type { Clock } from '../clock.ts'
import type { Store } from '../journal/store.ts'
import { Audit } from './audit.ts'
import { OpenId, type OpenIdOptions } from './open-id.ts'
import { type PasswordCost, Passwords } from './passwords.ts'
import { type SessionOptions, Sessions } from './sessions.ts'
import { SignIn } from './sign-in.ts'
import { Tokens } from './tokens.ts'
import { Users } from './users.ts'

export interface AccessOptions {
  readonly sessions?: SessionOptions
  /** Sign-in with an OpenID provider, too. Needs the package openid-client. */
  readonly openId?: OpenIdOptions
  /** What a password costs to try. Change it in tests only. */
  readonly passwordCost?: PasswordCost
}

export class Access {
  readonly users: Users
  readonly tokens: Tokens
  readonly sessions: Sessions
  readonly signIn: SignIn
  readonly audit: Audit
  /** Absent: not configured. */
  readonly openId: OpenId | undefined
  readonly clock: Clock

  constructor(store: Pick<Store, 'access' | 'audit'>, clock: Clock, options: AccessOptions = {}) {
    const passwords = new Passwords(options.passwordCost)
    this.clock = clock
    this.users = new Users(store.access, passwords)
    this.tokens = new Tokens(store.access)
    this.sessions = new Sessions(store.access, options.sessions)
    this.signIn = new SignIn(store.access, passwords, this.sessions)
    this.audit = new Audit(store.audit)
    this.openId = options.openId === undefined ? undefined : new OpenId(options.openId, clock)
  }

  /** Whether people sign in here: there is a user, or a provider who knows some. */
  async hasUsers(): Promise<boolean> {
    return this.openId !== undefined || (await this.users.list()).length > 0
  }
}
