/**
 * Sign-in with an OpenID provider: the authorization code flow with PKCE, state and nonce.
 *
 * Owns: the two steps of it, and what of the provider's claims makes a role here. Never: keeps anything of it for longer than a sign-in takes;
 * a restart in the middle of one means to begin it again.
 * Invariants:
 *   O1. What comes back is taken once, within ten minutes, and only from the browser that set out.
 *   O2. Who has no role by the rules does not come in.
 */
import type { Clock } from '../clock.ts'
import { RondoError } from '../errors.ts'
import { isUserRole } from './scopes.ts'
import { hashOf, newSecret } from './secrets.ts'
import type { Identified } from './sign-in.ts'

export interface OpenIdOptions {
  /** `https://login.example.org/realms/team` */
  readonly issuer: string
  readonly clientId: string
  /** Default: the environment's RONDO_OIDC_SECRET. */
  readonly clientSecret?: string
  /** Default: openid, profile, email. */
  readonly scopes?: readonly string[]
  /** The claim that somebody is called by here. Default `preferred_username`, else `email`. */
  readonly nameClaim?: string
  /**
   * What the provider's claims make of somebody; `undefined`: they do not come in. A function, or values of the claim `groups` by what
   * they grant: `{ staff: { role: 'viewer' }, mail: { role: 'reviewer', reviews: ['mail-desk'] } }`. Several grants add up.
   */
  readonly grant: ((claims: OpenIdClaims) => OpenIdGrant | undefined) | Readonly<Record<string, OpenIdGrant>>
  /** The claim whose values `grant` names. Default `groups`. */
  readonly groupsClaim?: string
  /** The name of the button. Default: the issuer's host. */
  readonly label?: string
  /** `true`: the provider speaks http. For tests on one machine. */
  readonly insecure?: boolean
}

export type OpenIdClaims = Readonly<Record<string, unknown>>

export interface OpenIdGrant {
  readonly role: 'viewer' | 'reviewer' | 'operator' | 'admin'
  readonly reviews?: readonly string[]
}

/** A sign-in that set out. */
interface UnderWay {
  readonly verifier: string
  readonly nonce: string
  readonly state: string
  readonly redirect: string
  readonly until: number
}

type Package = typeof import('openid-client')
type Configuration = Awaited<ReturnType<Package['discovery']>>

const LASTS_MS = 10 * 60_000
const MOST_UNDER_WAY = 1000
const TIMEOUT_S = 10
const ORDER = ['viewer', 'reviewer', 'operator', 'admin'] as const

export class OpenId {
  readonly label: string
  readonly #options: OpenIdOptions
  readonly #clock: Clock
  readonly #underWay = new Map<string, UnderWay>()
  #configuration: Promise<{ client: Package; configuration: Configuration }> | undefined

  constructor(options: OpenIdOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
    this.label = options.label ?? new URL(options.issuer).host
  }

  /** Where to send the browser, and the secret that it must bring back in a cookie. `redirect`: where the provider sends it then. */
  async begin(redirect: string): Promise<{ url: string; secret: string; lastsMs: number }> {
    const { client, configuration } = await this.#ready()
    const verifier = client.randomPKCECodeVerifier()
    const nonce = client.randomNonce()
    const state = client.randomState()
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: redirect,
      scope: (this.#options.scopes ?? ['openid', 'profile', 'email']).join(' '),
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      nonce,
      state,
    })
    const secret = newSecret()
    this.#remember(hashOf(secret), { verifier, nonce, state, redirect, until: this.#clock.now() + LASTS_MS })
    return { url: url.href, secret, lastsMs: LASTS_MS }
  }

  /** Who came back: `query` is what the provider sent along. Throws `sign_in_refused`. */
  async finish(secret: string | undefined, query: URLSearchParams): Promise<Identified> {
    const key = secret === undefined ? '' : hashOf(secret)
    const underWay = this.#underWay.get(key)
    this.#underWay.delete(key)
    if (underWay === undefined || underWay.until <= this.#clock.now())
      throw refused('This sign-in was not begun in this browser, or took too long. Begin it again.')
    const url = new URL(underWay.redirect)
    url.search = query.toString()
    return this.#identify(await this.#claims(url, underWay))
  }

  async #claims(url: URL, { verifier, nonce, state }: UnderWay): Promise<OpenIdClaims> {
    const { client, configuration } = await this.#ready()
    try {
      const tokens = await client.authorizationCodeGrant(configuration, url, {
        pkceCodeVerifier: verifier,
        expectedNonce: nonce,
        expectedState: state,
        idTokenExpected: true,
      })
      const claims = tokens.claims()
      if (claims === undefined) throw new Error('There is no ID token.')
      if (configuration.serverMetadata().userinfo_endpoint === undefined) return { ...claims }
      return { ...(await client.fetchUserInfo(configuration, tokens.access_token, claims.sub)), ...claims }
    } catch (error) {
      throw refused(`${this.label} did not confirm this sign-in (${reason(error)}). Begin it again.`, error)
    }
  }

  #identify(claims: OpenIdClaims): Identified {
    const { nameClaim, issuer } = this.#options
    const names = nameClaim === undefined ? [claims['preferred_username'], claims['email']] : [claims[nameClaim]]
    const name = names.find((one): one is string => typeof one === 'string' && one !== '')
    if (name === undefined) throw refused(`${this.label} does not say what you are called (${nameClaim ?? 'preferred_username, email'}).`)
    const granted = this.#granted(claims)
    if (granted === undefined) throw refused(`${this.label} knows you, but nothing there gives you a role here. Ask an administrator.`)
    return {
      issuer: String(claims['iss'] ?? issuer),
      subject: String(claims['sub']),
      name,
      role: granted.role,
      reviews: granted.reviews ?? [],
    }
  }

  #granted(claims: OpenIdClaims): OpenIdGrant | undefined {
    const { grant, groupsClaim = 'groups' } = this.#options
    if (typeof grant === 'function') return checked(grant(claims))
    const value = claims[groupsClaim]
    const groups: readonly unknown[] = Array.isArray(value) ? value : [value]
    const all = groups.flatMap((group) => (typeof group === 'string' && Object.hasOwn(grant, group) ? [checked(grant[group])] : []))
    const grants = all.filter((one) => one !== undefined)
    const role = ORDER.findLast((one) => grants.some((granted) => granted.role === one))
    return role === undefined ? undefined : { role, reviews: [...new Set(grants.flatMap(({ reviews = [] }) => reviews))] }
  }

  #remember(key: string, underWay: UnderWay): void {
    const now = this.#clock.now()
    for (const [old, { until }] of this.#underWay) if (until <= now || this.#underWay.size >= MOST_UNDER_WAY) this.#underWay.delete(old)
    this.#underWay.set(key, underWay)
  }

  /** The provider's own description, read once; a failure is not remembered. */
  #ready(): Promise<{ client: Package; configuration: Configuration }> {
    this.#configuration ??= this.#discover().catch((error: unknown) => {
      this.#configuration = undefined
      throw error
    })
    return this.#configuration
  }

  async #discover(): Promise<{ client: Package; configuration: Configuration }> {
    const client = await load()
    const { issuer, clientId, clientSecret = process.env['RONDO_OIDC_SECRET'], insecure = false } = this.#options
    try {
      const configuration = await client.discovery(new URL(issuer), clientId, clientSecret, undefined, {
        timeout: TIMEOUT_S,
        ...(insecure && { execute: [client.allowInsecureRequests] }),
      })
      return { client, configuration }
    } catch (error) {
      throw new RondoError('sign_in_refused', `The OpenID provider ${issuer} could not be reached (${reason(error)}). Try again later.`, {
        cause: error,
      })
    }
  }
}

function checked(granted: OpenIdGrant | undefined): OpenIdGrant | undefined {
  if (granted === undefined || isUserRole(granted.role)) return granted
  throw new RondoError(
    'config_invalid',
    `\`access.openId.grant\` gives the role "${String(granted.role)}", which there is not: ${ORDER.join(', ')}.`,
  )
}

function refused(message: string, cause?: unknown): RondoError {
  return new RondoError('sign_in_refused', message, cause === undefined ? {} : { cause })
}

/** An error's code: its message may hold what the provider said, which is for the log. */
function reason(error: unknown): string {
  if (error === null || typeof error !== 'object') return 'unknown'
  const told = 'error' in error && typeof error.error === 'string' ? error.error : undefined
  return told ?? ('code' in error && typeof error.code === 'string' ? error.code : 'unknown')
}

async function load(): Promise<Package> {
  try {
    return await import('openid-client')
  } catch (error) {
    throw new RondoError('package_missing', 'Sign-in with OpenID needs the package openid-client. Install it: npm i openid-client', {
      cause: error,
      details: { package: 'openid-client' },
      terminal: true,
    })
  }
}
