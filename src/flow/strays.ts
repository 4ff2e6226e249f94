/**
 * Strays: promises that code of a flow made, that failed, and that nobody waits for (`void tell()`).
 *
 * By Node's rule such a failure ends the process: all runs in it, and again after each restart, for the flow is re-run and fails again.
 * Here it stops the one run whose code it was, as any broken rule of the language does.
 * Owns: the one listener for such failures that the process has while an engine drives. Never: changes what becomes of a failure that
 * is no flow's: that is Node's rule, or what another listener makes of it.
 */
import { standing } from './standing.ts'

let engines = 0

/** Catches strays until the function it returns is called. */
export function catchStrays(): () => void {
  engines += 1
  if (engines === 1) process.on('unhandledRejection', caught)
  let released = false
  return () => {
    if (released) return
    released = true
    engines -= 1
    if (engines === 0) process.off('unhandledRejection', caught)
  }
}

function caught(reason: unknown): void {
  const now = standing.getStore()
  if (now !== undefined) (now.kind === 'flow' ? now.scope.drive : now.drive).stray(reason)
  else if (process.listenerCount('unhandledRejection') === 1 && endsProcess()) throw reason
}

/** Whether Node was left its default, which having a listener takes away. */
function endsProcess(): boolean {
  const told = /--unhandled-rejections=(\S+)/.exec([...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' '))
  return told === null || told[1] === 'throw'
}
