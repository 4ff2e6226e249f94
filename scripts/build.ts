/**
 * Builds `dist/` afresh: the compiler's output and the console, and nothing left over from before.
 * `--without-console` leaves the console out, as it was built last.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const withConsole = !process.argv.includes('--without-console')

function run(program: string, ...args: string[]): void {
  const { status } = spawnSync(process.execPath, [join(root, program), ...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) process.exit(status ?? 1)
}

for (const name of existsSync(dist) ? readdirSync(dist) : []) {
  if (withConsole || name !== 'console') rmSync(join(dist, name), { recursive: true })
}
run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json')
chmodSync(join(dist, 'cli/main.js'), 0o755)
if (withConsole) run('node_modules/vite/bin/vite.js', 'build', 'console', '--logLevel', 'warn')
