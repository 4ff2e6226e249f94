/**
 * Strays: promises that code of a flow made, that failed, and that nobody waits for (`void tell()`).
 *
 * By Node's rule such a failure ends the process: all runs in it, and again after each restart, for the flow is re-run and fails again.
 * Here it stops the one run whose code it was, as any broken rule of the language does.
 * Owns: the one listener for such failures, which the process has from its first engine on: what a flow left behind may fail after the last
 * one was closed. Never: changes what becomes of a failure that is no flow's: that is Node's rule, or what another listener makes of it.
 */
import { standing } from './standing.ts'

/** Catches strays from now on. */
export function catchStrays(): void {
  if (!process.listeners('unhandledRejection').includes(caught)) process.on('unhandledRejection', caught)
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
