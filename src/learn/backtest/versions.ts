/**
 * The version of each definition as it stands under a change: looked up once for each set of services.
 */
import type { Met } from '../../flow/counterfactual.ts'
import type { Services } from '../../flow/service.ts'
import type { Entry } from '../../journal/records.ts'

export type MetDefinition = NonNullable<Met['definition']>
type Version = Entry['version'] | undefined

export class Versions {
  readonly #known = new WeakMap<Services, WeakMap<object, Version | Promise<Version>>>()

  /** A promise the first time; `undefined` where nothing can tell. */
  of(definition: MetDefinition, services: Services): Version | Promise<Version> {
    if (definition.version === undefined) return undefined
    const here = this.#known.get(services) ?? new WeakMap()
    this.#known.set(services, here)
    if (here.has(definition)) return here.get(definition)
    const found = definition.version({ service: (key) => services.get(key) })
    here.set(definition, found)
    if (found instanceof Promise)
      found.then(
        (version) => here.set(definition, version),
        () => undefined,
      )
    return found
  }
}

/** A version with its hash cut to what people tell apart. */
export function shortVersion(version: string): string {
  return version.replace(/@([0-9a-f]{8})[0-9a-f]{56}$/, '@$1')
}
