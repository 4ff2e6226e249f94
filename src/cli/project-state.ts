/**
 * What tells one state of a project's code and prompts from another.
 *
 * Owns: one hash over the project's own source files. Never: looks into what is installed, generated, or hidden.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const SOURCE = /\.(?:[cm]?[jt]sx?|json|prompt)$/
const NOT_SOURCE = new Set(['node_modules', 'dist', 'coverage'])
/** Larger files are data. */
const LARGEST = 1_000_000

export function projectState(folder: string): string {
  const hash = createHash('sha256')
  for (const file of sources(folder))
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(folder, file)))
      .update('\0')
  return hash.digest('hex')
}

function sources(folder: string, under = ''): string[] {
  return readdirSync(join(folder, under), { withFileTypes: true })
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry): string[] => {
      const path = join(under, entry.name)
      if (entry.name.startsWith('.') || NOT_SOURCE.has(entry.name)) return []
      if (entry.isDirectory()) return sources(folder, path)
      return entry.isFile() && SOURCE.test(entry.name) && statSync(join(folder, path)).size <= LARGEST ? [path] : []
    })
}
