/**
 * The version of this package, as its package.json has it.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export function ownVersion(): string {
  const file: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'))
  return file !== null && typeof file === 'object' && 'version' in file ? String(file.version) : 'unknown'
}
