/**
 * The engine port: who drives which run, and when.
 *
 * Owns: the contract. Never: what a drive does (flow/drive.ts), or what is durable (the store).
 * Invariants every engine keeps:
 *   E1. A run has one driver at a time; each drive holds the epoch its claim gave it, and every commit checks it.
 *   E2. A due run is driven: started, answered, signalled, asked, its time come, or left behind by a crash.
 *   E3. Flows take turns: a flow with many due runs does not hold up another's.
 *   E4. What goes wrong in one drive ends that drive and no other.
 */
export interface Engine {
  /** Becomes the owner, makes what a crash left behind due again, and drives until `stop`. Throws `database_owned`. */
  start(): Promise<void>
  /** Something came to this run, now: look at it. */
  wake(run: string): void
  /** Resolves when nothing is due and nothing is being driven: every run is over, waits or is held. */
  idle(): Promise<void>
  /** Drives no further: work under way is told to stop, and waited for. */
  stop(): Promise<void>
}
