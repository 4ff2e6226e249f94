/**
 * What the code that is running right now belongs to, carried through every `await`.
 *
 * It lets a flow use the `run` it was given anywhere: a step lands in the scope of the turn, item or branch it is taken in.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Drive } from './drive.ts'
import type { Scope } from './scope.ts'

/** A scope of a flow, or the work of a step, in which no step may be taken. */
export type Standing =
  | { readonly kind: 'flow'; readonly scope: Scope }
  /** `draws`: how often the work drew chance. It draws its own, for on replay it does not run. */
  | { readonly kind: 'work'; readonly drive: Drive; readonly path: string; draws: number }

export const standing = new AsyncLocalStorage<Standing>()
