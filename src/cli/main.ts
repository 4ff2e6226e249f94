#!/usr/bin/env node
/**
 * `rondo`: the way in. Says so when Node is too old, before anything is loaded that would fail less kindly.
 */
const OLDEST = 24

if (Number(process.versions.node.split('.')[0]) < OLDEST) {
  process.stderr.write(`Rondo needs Node ${OLDEST} or newer; this is ${process.versions.node}. Get it from https://nodejs.org\n`)
  process.exitCode = 5
} else {
  const { main } = await import('./program.ts')
  await main()
}
