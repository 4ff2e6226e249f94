/**
 * `rondo.config.ts`: what the command `rondo` starts a system with.
 */
import type { RondoOptions } from './assemble.ts'

/** The default export of `rondo.config.ts`: the options of `createRondo`, checked as you type. */
export function defineConfig(config: RondoOptions): RondoOptions {
  return config
}
