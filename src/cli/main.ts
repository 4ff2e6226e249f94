#!/usr/bin/env node
/**
 * `rondo`: the way in. Says so when Node is too old, before anything is loaded that would fail less kindly.
 */
const OLDEST = 24

if (Number(process.versions.node.split('.')[0]) < OLDEST) {
  process.stderr.write(`Rondo needs Node ${OLDEST} or newer; this is ${process.versions.node}. Get it from https://nodejs.org\n`)
  process.exitCode = 5
} else {
  // Whoever reads the output may have read enough: `rondo runs | head`.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      process.exit()
    })
  const { main } = await import('./program.ts')
  await main()
}
