/**
 * A store that can die: from the moment it is killed, no call of the process that held it comes back, as after `kill -9`.
 *
 * Owns: the cut, at a chosen place. Never: changes what the store underneath does.
 */
import type { Store, Write } from '../journal/store.ts'

/** Where a process dies: at its `at`-th journal write (from 1), just before it is on disk or just after. */
export interface Kill {
  readonly at: number
  readonly when: 'before' | 'after'
}

export interface KillableStore extends Store {
  /** How many journal writes there have been. */
  readonly writes: number
  /** The write it died at, once it has. */
  readonly diedAt: Write | undefined
  /** What was to be written and is not on disk: the write it died before, and what came too late. */
  readonly lost: readonly Write[]
  /** What may be on disk, and the process never heard so. */
  readonly unheard: ReadonlySet<Write>
  /** Resolves when it died. */
  readonly death: Promise<void>
  kill(): void
}

/** The store, cut where `kill` says, or when `kill()` is called. What it is closed for is the cut only: the store goes on. */
export function killable(store: Store, kill?: Kill): KillableStore {
  let writes = 0
  let diedAt: Write | undefined
  let dead = false
  const lost: Write[] = []
  const unheard = new Set<Write>()
  const never = new Promise<never>(() => undefined)
  const { promise: death, resolve: die } = Promise.withResolvers<void>()
  const end = (): Promise<never> => {
    dead = true
    die()
    return never
  }
  const cut = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name, receiver) {
        const member: unknown = Reflect.get(target, name, receiver)
        if (typeof member !== 'function') return member
        return async (...given: unknown[]) => {
          if (dead) return never
          const result: unknown = await Reflect.apply(member, target, given)
          return dead ? never : result
        }
      },
    })
  const journal = cut(store.journal)
  const commit: typeof journal.commit = async (write) => {
    if (dead) {
      lost.push(write)
      return never
    }
    writes += 1
    const here = kill !== undefined && writes === kill.at
    if (here) diedAt = write
    if (here && kill.when === 'before') {
      lost.push(write)
      return end()
    }
    unheard.add(write)
    const committed = await journal.commit(write)
    if (here) return end()
    unheard.delete(write)
    return committed
  }
  const own: Omit<KillableStore, keyof Store> & Partial<Store> = {
    journal: new Proxy(journal, { get: (target, name, receiver) => (name === 'commit' ? commit : Reflect.get(target, name, receiver)) }),
    own: () => store.own(),
    watch: (changed) => store.watch(() => !dead && changed()),
    close: async () => undefined,
    death,
    lost,
    unheard,
    kill: () => void end(),
    get writes() {
      return writes
    },
    get diedAt() {
      return diedAt
    },
  }
  const ports = new Map<PropertyKey, object>()
  // Every other port of the store is cut, whichever there are.
  return new Proxy(store, {
    get(target, name) {
      if (Object.hasOwn(own, name)) return Reflect.get(own, name)
      const port: unknown = Reflect.get(target, name)
      if (port === null || typeof port !== 'object') return port
      const known = ports.get(name) ?? cut(port)
      ports.set(name, known)
      return known
    },
  }) as KillableStore
}
